//! Character sets and collations: which there are, by flavor and version, and which one an author
//! means.

use super::flavor::{Flavor, Server};

/// A character set: its name, how many bytes a character takes at most, the end of the name of its
/// default collation, and those of the others that both flavors have.
type Charset = (&'static str, u32, &'static str, &'static str);

const LANGUAGES: &str = "bin croatian_ci czech_ci danish_ci esperanto_ci estonian_ci german2_ci \
                         hungarian_ci icelandic_ci latvian_ci lithuanian_ci persian_ci polish_ci \
                         roman_ci romanian_ci sinhala_ci slovak_ci slovenian_ci spanish2_ci \
                         spanish_ci swedish_ci turkish_ci unicode_520_ci unicode_ci vietnamese_ci";

#[rustfmt::skip]
const CHARSETS: [Charset; 41] = [
    ("armscii8", 1, "general_ci", "bin"),
    ("ascii", 1, "general_ci", "bin"),
    ("big5", 2, "chinese_ci", "bin"),
    ("binary", 1, "", ""),
    ("cp1250", 1, "general_ci", "bin croatian_ci czech_cs polish_ci"),
    ("cp1251", 1, "general_ci", "bin bulgarian_ci general_cs ukrainian_ci"),
    ("cp1256", 1, "general_ci", "bin"),
    ("cp1257", 1, "general_ci", "bin lithuanian_ci"),
    ("cp850", 1, "general_ci", "bin"),
    ("cp852", 1, "general_ci", "bin"),
    ("cp866", 1, "general_ci", "bin"),
    ("cp932", 2, "japanese_ci", "bin"),
    ("dec8", 1, "swedish_ci", "bin"),
    ("eucjpms", 3, "japanese_ci", "bin"),
    ("euckr", 2, "korean_ci", "bin"),
    ("gb18030", 4, "chinese_ci", "bin unicode_520_ci"),
    ("gb2312", 2, "chinese_ci", "bin"),
    ("gbk", 2, "chinese_ci", "bin"),
    ("geostd8", 1, "general_ci", "bin"),
    ("greek", 1, "general_ci", "bin"),
    ("hebrew", 1, "general_ci", "bin"),
    ("hp8", 1, "english_ci", "bin"),
    ("keybcs2", 1, "general_ci", "bin"),
    ("koi8r", 1, "general_ci", "bin"),
    ("koi8u", 1, "general_ci", "bin"),
    ("latin1", 1, "swedish_ci", "bin danish_ci general_ci general_cs german1_ci german2_ci spanish_ci"),
    ("latin2", 1, "general_ci", "bin croatian_ci czech_cs hungarian_ci"),
    ("latin5", 1, "turkish_ci", "bin"),
    ("latin7", 1, "general_ci", "bin estonian_cs general_cs"),
    ("macce", 1, "general_ci", "bin"),
    ("macroman", 1, "general_ci", "bin"),
    ("sjis", 2, "japanese_ci", "bin"),
    ("swe7", 1, "swedish_ci", "bin"),
    ("tis620", 1, "thai_ci", "bin"),
    ("ucs2", 2, "general_ci", "general_mysql500_ci"),
    ("ujis", 3, "japanese_ci", "bin"),
    ("utf16", 4, "general_ci", ""),
    ("utf16le", 4, "general_ci", "bin"),
    ("utf32", 4, "general_ci", ""),
    ("utf8mb3", 3, "general_ci", "general_mysql500_ci"),
    ("utf8mb4", 4, "general_ci", ""),
];

/// Those of which every Unicode collation has its kind.
const UNICODE: [&str; 5] = ["ucs2", "utf16", "utf32", "utf8mb3", "utf8mb4"];

/// What stands between `utf8mb4_` and `0900_ai_ci` or `0900_as_cs`; the later ones MySQL alone has.
const LANGUAGES_0900: [&str; 31] = [
    "", "cs_", "da_", "de_pb_", "eo_", "es_", "es_trad_", "et_", "hr_", "hu_", "is_", "la_", "lt_",
    "lv_", "pl_", "ro_", "sk_", "sl_", "sv_", "tr_", "vi_", "bg_", "bs_", "gl_", "mn_cyrl_", "nb_",
    "nn_", "ru_", "sr_latn_", "ja_", "zh_",
];
const SHARED_0900: usize = 21;

/// What stands between `uca1400_` and `ai_ci` (MariaDB).
const LANGUAGES_1400: [&str; 23] = [
    "",
    "croatian",
    "czech",
    "danish",
    "esperanto",
    "estonian",
    "german2",
    "hungarian",
    "icelandic",
    "latvian",
    "lithuanian",
    "persian",
    "polish",
    "roman",
    "romanian",
    "sinhala",
    "slovak",
    "slovenian",
    "spanish",
    "spanish2",
    "swedish",
    "turkish",
    "vietnamese",
];

fn charset(name: &str) -> Option<&'static Charset> {
    let at = CHARSETS.binary_search_by_key(&name, |(name, ..)| name).ok()?;
    Some(&CHARSETS[at])
}

/// A character set under the name that servers report; `None` where the server has no such.
pub fn known_charset(server: Server, name: &str) -> Option<&'static str> {
    let name = name.trim().to_ascii_lowercase();
    let name = if name == "utf8" { "utf8mb3" } else { &name };
    let (name, ..) = charset(name)?;
    (*name != "gb18030" || server.flavor == Flavor::Mysql).then_some(*name)
}

/// The character set that a collation sorts.
pub fn charset_of(collation: &str) -> &str {
    collation.split_once('_').map_or(collation, |(charset, _)| charset)
}

/// How many bytes a character takes at most.
pub fn bytes_of(collation: &str) -> u32 {
    charset(charset_of(collation)).map_or(4, |(_, bytes, ..)| *bytes)
}

/// The collation of a character set that names none.
pub fn default_of(server: Server, charset: &str) -> String {
    let unicode = UNICODE.contains(&charset);
    match self::charset(charset) {
        Some((name, _, "", _)) => (*name).to_owned(),
        Some(_) if charset == "utf8mb4" && server.flavor == Flavor::Mysql => {
            "utf8mb4_0900_ai_ci".into()
        }
        Some(_) if unicode && server.sorts_by_uca1400() => format!("{charset}_uca1400_ai_ci"),
        Some((name, _, end, _)) => format!("{name}_{end}"),
        None => format!("{charset}_general_ci"),
    }
}

/// The collation of a character set that compares bytes.
pub fn binary_of(charset: &str) -> String {
    if charset == "binary" { charset.into() } else { format!("{charset}_bin") }
}

/// A collation under the name that servers report. `charset` is what a name is for that says none
/// (`uca1400_ai_ci`).
pub fn spelled(name: &str, charset: &str) -> String {
    let name = name.trim().trim_matches('`').to_ascii_lowercase();
    match name.strip_prefix("utf8_") {
        Some(end) => format!("utf8mb3_{end}"),
        None if name.starts_with("uca1400_") => format!("{charset}_{name}"),
        None => name,
    }
}

/// Whether the server has that collation, spelled as it reports it.
pub fn is_known(server: Server, name: &str) -> bool {
    let Some(own) = known_charset(server, charset_of(name)).and_then(charset) else { return false };
    let (charset, _, usual, others) = *own;
    let Some(end) = name.strip_prefix(charset).and_then(|end| end.strip_prefix('_')) else {
        return name == "binary";
    };
    let unicode = UNICODE.contains(&charset);
    let listed = |list: &str| list.split(' ').any(|other| other == end);
    if end == usual || listed(others) || (unicode && listed(LANGUAGES)) {
        return !end.is_empty();
    }
    match server.flavor {
        Flavor::Mysql => {
            (charset == "utf8mb4" && is_0900(end, LANGUAGES_0900.len()))
                || (charset == "utf8mb3" && end == "tolower_ci")
        }
        Flavor::Mariadb => {
            let padded = usual.trim_end_matches("_ci");
            end == "nopad_bin"
                || end.strip_suffix("_nopad_ci") == Some(padded)
                || (unicode && listed(ONLY_MARIADB))
                || (unicode && server.has_uca1400() && is_1400(end))
                || (charset == "utf8mb4" && server.has_0900() && is_0900(end, SHARED_0900))
                || (end == "general1400_as_ci" && server.has_0900())
        }
    }
}

const ONLY_MARIADB: &str =
    "croatian_mysql561_ci myanmar_ci thai_520_w2 unicode_520_nopad_ci unicode_nopad_ci";

fn is_0900(end: &str, languages: usize) -> bool {
    if matches!(end, "0900_as_ci" | "0900_bin") {
        return true;
    }
    let Some((language, how)) = end.split_once("0900_") else { return false };
    let only_exact = matches!(language, "ja_" | "zh_");
    LANGUAGES_0900[..languages].contains(&language)
        && (how == "as_cs" || (how == "ai_ci" && !only_exact) || end == "ja_0900_as_cs_ks")
}

fn is_1400(end: &str) -> bool {
    let Some(rest) = end.strip_prefix("uca1400_") else { return false };
    let how = ["ai_ci", "ai_cs", "as_ci", "as_cs"].iter().find_map(|it| rest.strip_suffix(it));
    let Some(language) = how else { return false };
    let language = language.strip_suffix("nopad_").unwrap_or(language);
    LANGUAGES_1400.contains(&language.trim_end_matches('_'))
}
