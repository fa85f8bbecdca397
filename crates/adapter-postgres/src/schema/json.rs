//! JSON in columns, as text.

use std::io::Write;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Json, Jsonb};
use kernel::json::{self, JsonObject};

/// JSON text on its way into a column, as it is: numbers keep their digits, and in a `json` column their form.
#[derive(Debug, Clone, Copy, AsExpression)]
#[diesel(sql_type = Jsonb)]
#[diesel(sql_type = Json)]
pub(crate) struct JsonText<'a>(pub(crate) &'a str);

/// A JSON object in a `json` column, which keeps the form of its numbers.
#[derive(Debug, Clone, AsExpression, FromSqlRow)]
#[diesel(sql_type = Json)]
pub(crate) struct JsonColumn(pub(crate) JsonObject);

impl ToSql<Jsonb, Pg> for JsonText<'_> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[1])?;
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<Json, Pg> for JsonText<'_> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<Json, Pg> for JsonColumn {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

impl FromSql<Json, Pg> for JsonColumn {
    fn from_sql(stored: PgValue<'_>) -> deserialize::Result<Self> {
        match json::Json::read(std::str::from_utf8(stored.as_bytes())?)? {
            json::Json::Object(fields) => Ok(Self(fields)),
            _ => Err("it is no object".into()),
        }
    }
}
