//! SQL text that PostgreSQL prepares once a connection. Diesel prepares its own updates, inserts of several rows and
//! `sql_query` anew each time, which costs a round trip and a plan.

use std::marker::PhantomData;

use diesel::RunQueryDsl;
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{Error as DieselError, QueryResult};
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, HasSqlType, Untyped, Uuid as SqlUuid};
use uuid::Uuid;

/// A statement whose text never changes: one `{}` for each value, in their order.
pub(crate) struct Statement<'a> {
    sql: &'static str,
    values: Vec<Box<dyn Value + Send + 'a>>,
}

/// A statement without its values yet.
pub(crate) const fn statement<'a>(sql: &'static str) -> Statement<'a> {
    Statement { sql, values: Vec::new() }
}

impl<'a> Statement<'a> {
    /// The same with its next value, of the SQL type `T`.
    pub(crate) fn bind<T, U>(mut self, value: U) -> Self
    where
        Pg: HasSqlType<T>,
        U: ToSql<T, Pg> + Send + 'a,
        T: Send + 'a,
    {
        self.values.push(Box::new(Typed { value, sql_type: PhantomData::<T> }));
        self
    }

    /// The same with ids in its next place, which are written `= $n` or `= ANY ($n)`. PostgreSQL plans anew for an array
    /// of one each time, because it reckons that one of unknown length has ten.
    pub(crate) fn bind_ids(mut self, ids: &'a [Uuid]) -> Self {
        self.values.push(Box::new(Ids(ids)));
        self
    }
}

/// One column of what `unnest` makes rows of again.
pub(crate) fn column<'r, R, C>(rows: &'r [R], value: impl Fn(&'r R) -> C) -> Vec<C> {
    rows.iter().map(value).collect()
}

trait Value {
    fn push<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()>;
}

struct Typed<T, U> {
    value: U,
    sql_type: PhantomData<T>,
}

impl<T, U> Value for Typed<T, U>
where
    Pg: HasSqlType<T>,
    U: ToSql<T, Pg>,
{
    fn push<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_bind_param::<T, U>(&self.value)
    }
}

struct Ids<'a>(&'a [Uuid]);

impl Value for Ids<'_> {
    fn push<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if let [one] = self.0 {
            out.push_sql("= ");
            return out.push_bind_param::<SqlUuid, _>(one);
        }
        out.push_sql("= ANY (");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.0)?;
        out.push_sql(")");
        Ok(())
    }
}

impl QueryFragment<Pg> for Statement<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let mut pieces = self.sql.split("{}");
        out.push_sql(pieces.next().unwrap_or_default());
        let mut values = self.values.iter();
        for piece in pieces {
            let value = values.next().ok_or_else(|| mismatch(self.sql))?;
            value.push(out.reborrow())?;
            out.push_sql(piece);
        }
        if values.next().is_some() { Err(mismatch(self.sql)) } else { Ok(()) }
    }
}

fn mismatch(sql: &str) -> DieselError {
    DieselError::QueryBuilderError(format!("a statement has as many values as places for them: {sql}").into())
}

// without an id of its type, diesel knows a statement by its text
impl QueryId for Statement<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Statement<'_> {
    type SqlType = Untyped;
}

impl RunQueryDsl<PgConnection> for Statement<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::debug_query;
    use diesel::sql_types::{Integer, Text};

    #[test]
    fn each_value_takes_its_place_in_the_text() {
        let query = statement("SELECT {} + 1, {}").bind::<Integer, _>(7).bind::<Text, _>("seven");
        let shown = debug_query::<Pg, _>(&query).to_string();
        assert_eq!(shown, "SELECT $1 + 1, $2 -- binds: [7, \"seven\"]");
    }

    #[test]
    fn one_id_is_no_array() {
        let shown = |ids: &[Uuid]| {
            debug_query::<Pg, _>(&statement("SELECT id FROM t WHERE id {}").bind_ids(ids)).to_string()
        };
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert!(shown(&[one]).starts_with("SELECT id FROM t WHERE id = $1 --"));
        for ids in [&[][..], &[one, other]] {
            assert!(shown(ids).starts_with("SELECT id FROM t WHERE id = ANY ($1) --"));
        }
    }
}
