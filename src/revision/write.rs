//! A new revision file, rendered from a template and read back before anybody sees it.
