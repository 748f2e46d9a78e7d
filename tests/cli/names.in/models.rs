#[derive(Table)]
#[index(name = "ix", columns(a))]
pub struct A { #[column(primary_key)] pub id: i64, a: i64 }
#[derive(Table)]
#[index(name = "IX", columns(a))]
#[index(name = "A", columns(a))]
pub struct B { #[column(primary_key)] pub id: i64, a: i64 }
#[derive(Table)]
#[table(name="SQLITE_foo")]
pub struct C { #[column(primary_key)] pub id: i64, #[column(name="x\0y")] a: i64 }
#[derive(Table)]
#[table(name="q\0")]
pub struct D { #[column(primary_key)] pub id: i64 }
