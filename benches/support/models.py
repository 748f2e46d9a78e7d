"""The same schema as Rust models and as SQLAlchemy models, and the same history as revisions.

Every table has 12 columns, a unique constraint, a check, two indexes and a foreign key. With
`changed`, 10 tables have another column and 10 have another index: 20 changes.

    python3 benches/support/models.py [TABLES]     prints the Rust models
"""

RUST = '''\
/// A shelf of depot {n}.
#[derive(sqlx::FromRow, autogen::Table)]
#[table(name = "shelf_{n}", unique(name = "uq_shelf_{n}_code", columns(code, depot)))]
#[table(check(name = "ck_shelf_{n}_grams", expr = "grams >= 0"))]
#[index(name = "ix_shelf_{n}_state", columns(state, made_at))]
#[index(name = "ix_shelf_{n}_owner", columns(owner))]
{index}pub struct Shelf{n} {{
    #[column(primary_key)]
    pub id: i64,
    #[column(references = "shelf_{parent}.id")]
    pub parent: Option<i64>,
    #[column(length = 40)]
    pub code: String,
    pub depot: i32,
    pub state: String,
    pub owner: String,
    #[column(default = "0")]
    pub grams: i32,
    pub price: f64,
    pub fragile: bool,
    pub label: Option<Vec<u8>>,
    /// Set once.
    pub made_at: NaiveDateTime,
    pub note: Option<String>,
{column}}}

'''

PYTHON = '''\
class Shelf{n}(Base):
    """A shelf of depot {n}."""

    __tablename__ = "shelf_{n}"
    __table_args__ = (
        sa.UniqueConstraint("code", "depot", name="uq_shelf_{n}_code"),
        sa.CheckConstraint("grams >= 0", name="ck_shelf_{n}_grams"),
        sa.Index("ix_shelf_{n}_state", "state", "made_at"),
        sa.Index("ix_shelf_{n}_owner", "owner"),
{index}    )

    id: Mapped[int] = mapped_column(primary_key=True)
    parent: Mapped[Optional[int]] = mapped_column(sa.ForeignKey("shelf_{parent}.id"))
    code: Mapped[str] = mapped_column(sa.String(40))
    depot: Mapped[int]
    state: Mapped[str]
    owner: Mapped[str]
    grams: Mapped[int] = mapped_column(server_default="0")
    price: Mapped[float]
    fragile: Mapped[bool]
    label: Mapped[Optional[bytes]]
    made_at: Mapped[datetime.datetime]
    note: Mapped[Optional[str]]
{column}

'''

CHANGES = {
    "rust": {
        "head": "use chrono::NaiveDateTime;\n\n",
        "column": "    pub colour: Option<String>,\n",
        "index": '#[index(name = "ix_shelf_{n}_depot", columns(depot))]\n',
    },
    "python": {
        "head": "import datetime\nfrom typing import Optional\n\nimport sqlalchemy as sa\n"
        "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n\n\n"
        "class Base(DeclarativeBase):\n    # MySQL has no text without a length.\n"
        "    type_annotation_map = {str: sa.String(255)}\n\n\n",
        "column": "    colour: Mapped[Optional[str]]\n",
        "index": '        sa.Index("ix_shelf_{n}_depot", "depot"),\n',
    },
}


def models(language, tables, changed=False):
    """The models as text."""
    template = {"rust": RUST, "python": PYTHON}[language]
    words = CHANGES[language]
    text = [words["head"]]
    for at in range(tables):
        n = f"{at:04}"
        column = words["column"] if changed and at % 100 == 7 else ""
        index = words["index"].format(n=n) if changed and at % 100 == 42 else ""
        text.append(template.format(n=n, parent=f"{at // 2:04}", column=column, index=index))
    return "".join(text)


def revision_id(at):
    return f"{at * 2654435761 % 2**48:012x}"


ALEMBIC_REVISION = '''\
"""Add part {at}

Revision ID: {id}
Revises: {parent}
Create Date: 2026-01-01 00:00:00

"""
import sqlalchemy as sa
from alembic import op

revision = "{id}"
down_revision = {quoted}
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "part_{at:04}",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("part_{at:04}")
'''

AUTOGEN_REVISION = '''\
-- Add part {at}
--
-- Revision: {id}
{revises}-- Created:  2026-01-01T00:00:00Z

-- autogen: upgrade
CREATE TABLE part_{at:04} (
    id INTEGER NOT NULL PRIMARY KEY,
    name VARCHAR(40) NOT NULL
);

-- autogen: downgrade
DROP TABLE part_{at:04};
'''


def revisions(tool, count):
    """A straight history: pairs of file name and text."""
    for at in range(count):
        name, parent = revision_id(at + 1), revision_id(at) if at else None
        if tool == "alembic":
            quoted = f'"{parent}"' if parent else "None"
            text = ALEMBIC_REVISION.format(at=at, id=name, parent=parent or "", quoted=quoted)
            yield f"{name}_add_part_{at}.py", text
        else:
            revises = f"-- Revises:  {parent}\n" if parent else ""
            text = AUTOGEN_REVISION.format(at=at, id=name, revises=revises)
            yield f"20260101_{at:06}_{name}_add_part_{at}.sql", text


if __name__ == "__main__":
    import sys

    sys.stdout.write(models("rust", int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
