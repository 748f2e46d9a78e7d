CREATE EXTENSION citext;
CREATE TEMP TABLE known (type text PRIMARY KEY, samples text[]);
CREATE TEMP TABLE measured (
    old text, new text, way text, rewrites_in_utc bool, rewrites_elsewhere bool, refused bool, changed bool
);

CREATE TEMP TABLE ways (
    old text, new text, way text, rewrites_in_utc bool, rewrites_elsewhere bool, PRIMARY KEY (old, new)
);

CREATE FUNCTION pg_temp.known(type text, samples text[]) RETURNS void LANGUAGE sql AS
$$ INSERT INTO known SELECT $1, $2 WHERE to_regtype(regexp_replace($1, '\(.*?\)', '')) IS NOT NULL $$;

CREATE FUNCTION pg_temp.alter_type(tried text, way text, new text) RETURNS text LANGUAGE sql AS $$
    SELECT 'ALTER TABLE ' || tried || ' ALTER c TYPE ' || new || CASE way
        WHEN 'explicit' THEN ' USING c::' || new
        WHEN 'by text' THEN ' USING c::text::' || new
        ELSE '' END
$$;

-- How the column of the empty table `tried` can become one of the other type, and whether rows are
-- written anew. The table stays as it is: what is found out is taken back by an error.
CREATE FUNCTION pg_temp.way(old text, new text, OUT way text, OUT rewrites bool)
LANGUAGE plpgsql AS $$
DECLARE
    file oid := relfilenode FROM pg_class WHERE oid = 'tried'::regclass;
BEGIN
    FOREACH way IN ARRAY ARRAY['assigned', 'explicit', 'by text'] LOOP
        -- Text becomes anything; that is a way only between types that read each other's words.
        EXIT WHEN way = 'by text'
            AND NOT (old LIKE '%mood' AND new LIKE '%mood' OR old LIKE '%mood[]' AND new LIKE '%mood[]');
        BEGIN
            EXECUTE pg_temp.alter_type('tried', way, new);
            rewrites := relfilenode <> file FROM pg_class WHERE oid = 'tried'::regclass;
            RAISE 'done';
        EXCEPTION WHEN OTHERS THEN
            IF SQLERRM = 'done' THEN RETURN; END IF;
        END;
    END LOOP;
    way := 'impossible';
    rewrites := false;
END $$;

-- What happens to the values in the table `held`, or to the one of that number: refused, changed or
-- kept. The table stays as it is.
CREATE FUNCTION pg_temp.fate(old text, new text, there text, back text, chosen int) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    changed bool := false;
BEGIN
    DELETE FROM held WHERE number <> chosen;
    EXECUTE pg_temp.alter_type('held', there, new);
    IF back <> 'impossible' THEN
        BEGIN
            EXECUTE pg_temp.alter_type('held', back, old);
            SELECT bool_or(c::text IS DISTINCT FROM was) INTO changed FROM held;
        EXCEPTION WHEN OTHERS THEN
            changed := true;
        END;
    END IF;
    RAISE '%', CASE WHEN changed THEN 'changed' ELSE 'kept' END;
EXCEPTION WHEN OTHERS THEN
    RETURN CASE WHEN SQLERRM IN ('changed', 'kept') THEN SQLERRM ELSE 'refused' END;
END $$;

-- A transaction for each type, since every table that is tried holds a lock to its end.
CREATE PROCEDURE pg_temp.measure() LANGUAGE plpgsql AS $$
DECLARE
    one record;
    pair record;
    fates text[];
BEGIN
    FOR one IN SELECT type FROM known LOOP
        EXECUTE 'CREATE TEMP TABLE tried (c ' || one.type || ')';
        -- Two types with limits are tried where they are of one kind: their first words are the same.
        INSERT INTO ways
        SELECT one.type, type, found.way, found.rewrites, found.rewrites
        FROM known, pg_temp.way(one.type, type) found
        WHERE type <> one.type
            AND (one.type !~ '[(]' OR type !~ '[(]'
                OR substring(one.type from '^[a-z]+') = substring(type from '^[a-z]+'));
        SET LOCAL TimeZone = 'America/New_York';
        UPDATE ways SET rewrites_elsewhere = (pg_temp.way(old, new)).rewrites
        WHERE old = one.type AND way <> 'impossible' AND old || new ~ 'time';
        DROP TABLE tried;
        COMMIT;
    END LOOP;
    FOR one IN SELECT * FROM known LOOP
        EXECUTE format('CREATE TEMP TABLE held (number int, c %1$s, was text)', one.type);
        EXECUTE format(
            'INSERT INTO held SELECT n, v::%1$s, v::%1$s::text FROM unnest($1) WITH ORDINALITY s(v, n)', one.type
        ) USING one.samples;
        FOR pair IN
            SELECT there.*, back.way AS back
            FROM ways there JOIN ways back ON (back.old, back.new) = (there.new, there.old)
            WHERE there.old = one.type AND there.way <> 'impossible'
        LOOP
            fates := ARRAY[pg_temp.fate(pair.old, pair.new, pair.way, pair.back, NULL)];
            IF fates = ARRAY['refused'] THEN
                fates := ARRAY(
                    SELECT pg_temp.fate(pair.old, pair.new, pair.way, pair.back, n)
                    FROM generate_subscripts(one.samples, 1) n
                );
            END IF;
            INSERT INTO measured VALUES (
                pair.old, pair.new, pair.way, pair.rewrites_in_utc, pair.rewrites_elsewhere,
                'refused' = ANY (fates), 'changed' = ANY (fates)
            );
        END LOOP;
        DROP TABLE held;
        COMMIT;
    END LOOP;
    INSERT INTO measured SELECT old, new, way, false, false, false, false FROM ways WHERE way = 'impossible';
END $$;

CREATE TYPE pg_temp.mood AS ENUM ('sad', 'ok');
CREATE TYPE pg_temp.other_mood AS ENUM ('sad', 'ok', 'new');
