CREATE EXTENSION citext;
CREATE TEMP TABLE known (type text PRIMARY KEY, samples text[]);
CREATE TEMP TABLE measured (
    old text, new text, way text, rewrites_in_utc bool, rewrites_elsewhere bool, refused bool, changed bool
);

CREATE TEMP TABLE ways (old text, new text, way text, PRIMARY KEY (old, new));

CREATE FUNCTION pg_temp.known(type text, samples text[]) RETURNS void LANGUAGE sql AS
$$ INSERT INTO known SELECT $1, $2 WHERE to_regtype(regexp_replace($1, '\(.*?\)', '')) IS NOT NULL $$;

-- How a column of the type can become one of the other.
CREATE FUNCTION pg_temp.way(old text, new text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ways text[] := ARRAY['assigned', '', 'explicit', ' USING c::%1$s', 'by text', ' USING c::text::%1$s'];
BEGIN
    FOR at IN 1..5 BY 2 LOOP
        -- Text becomes anything; that is a way only between types that read each other's words.
        EXIT WHEN ways[at] = 'by text' AND NOT (old LIKE '%mood' AND new LIKE '%mood' OR old LIKE '%mood[]' AND new LIKE '%mood[]');
        BEGIN
            EXECUTE 'CREATE TEMP TABLE tried (c ' || old || ')';
            EXECUTE 'ALTER TABLE tried ALTER c TYPE ' || new || format(ways[at + 1], new);
            DROP TABLE tried;
            RETURN ways[at];
        EXCEPTION WHEN OTHERS THEN
            IF SQLERRM LIKE 'relation%' THEN RAISE; END IF;
        END;
    END LOOP;
    RETURN 'impossible';
END $$;

CREATE FUNCTION pg_temp.alter_type(way text, new text) RETURNS text LANGUAGE sql AS $$
    SELECT 'ALTER TABLE tried ALTER c TYPE ' || new || CASE way
        WHEN 'explicit' THEN ' USING c::' || new
        WHEN 'by text' THEN ' USING c::text::' || new
        ELSE '' END
$$;

CREATE FUNCTION pg_temp.rewrites(old text, new text, way text, zone text) RETURNS bool
LANGUAGE plpgsql AS $$
DECLARE
    file oid;
    rewritten bool;
BEGIN
    PERFORM set_config('TimeZone', zone, true);
    EXECUTE 'CREATE TEMP TABLE tried (c ' || old || ')';
    file := relfilenode FROM pg_class WHERE oid = 'tried'::regclass;
    EXECUTE pg_temp.alter_type(way, new);
    rewritten := relfilenode <> file FROM pg_class WHERE oid = 'tried'::regclass;
    DROP TABLE tried;
    PERFORM set_config('TimeZone', 'UTC', true);
    RETURN rewritten;
END $$;

-- What happens to these values, taken together: refused, changed, or neither.
CREATE FUNCTION pg_temp.fate(old text, new text, there text, back text, samples text[]) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    changed bool;
BEGIN
    EXECUTE 'CREATE TEMP TABLE tried (c ' || old || ', was text)';
    EXECUTE 'INSERT INTO tried SELECT v::' || old || ', v::' || old || '::text FROM unnest($1) v' USING samples;
    BEGIN
        EXECUTE pg_temp.alter_type(there, new);
    EXCEPTION WHEN OTHERS THEN
        DROP TABLE tried;
        RETURN 'refused';
    END;
    changed := false;
    IF back <> 'impossible' THEN
        BEGIN
            EXECUTE pg_temp.alter_type(back, old);
            SELECT bool_or(c::text IS DISTINCT FROM was) INTO changed FROM tried;
        EXCEPTION WHEN OTHERS THEN
            changed := true;
        END;
    END IF;
    DROP TABLE tried;
    RETURN CASE WHEN changed THEN 'changed' ELSE 'kept' END;
END $$;

-- A transaction for each pair, since every table that is tried holds a lock to its end.
CREATE PROCEDURE pg_temp.measure() LANGUAGE plpgsql AS $$
DECLARE
    pair record;
    fates text[];
BEGIN
    -- Two types with limits are tried where they are of one kind: their first words are the same.
    FOR pair IN
        SELECT o.type AS old, n.type AS new FROM known o, known n
        WHERE o.type <> n.type
            AND (o.type !~ '[(]' OR n.type !~ '[(]'
                OR substring(o.type from '^[a-z]+') = substring(n.type from '^[a-z]+'))
    LOOP
        INSERT INTO ways VALUES (pair.old, pair.new, pg_temp.way(pair.old, pair.new));
        COMMIT;
    END LOOP;
    FOR pair IN
        SELECT old, new, there.way AS there, back.way AS back, samples
        FROM ways there
        JOIN (SELECT old AS new, new AS old, way FROM ways) back USING (old, new)
        JOIN known ON type = old
        WHERE there.way <> 'impossible'
    LOOP
        fates := ARRAY[pg_temp.fate(pair.old, pair.new, pair.there, pair.back, pair.samples)];
        IF fates = ARRAY['refused'] THEN
            fates := ARRAY(
                SELECT pg_temp.fate(pair.old, pair.new, pair.there, pair.back, ARRAY[v])
                FROM unnest(pair.samples) v
            );
        END IF;
        INSERT INTO measured VALUES (
            pair.old, pair.new, pair.there,
            pg_temp.rewrites(pair.old, pair.new, pair.there, 'UTC'),
            pair.old || pair.new ~ 'time'
                AND pg_temp.rewrites(pair.old, pair.new, pair.there, 'America/New_York'),
            'refused' = ANY (fates), 'changed' = ANY (fates)
        );
        COMMIT;
    END LOOP;
    INSERT INTO measured SELECT old, new, way, false, false, false, false FROM ways WHERE way = 'impossible';
END $$;

CREATE TYPE pg_temp.mood AS ENUM ('sad', 'ok');
CREATE TYPE pg_temp.other_mood AS ENUM ('sad', 'ok', 'new');
