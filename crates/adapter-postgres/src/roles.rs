//! The database roles: what an administrator creates, and what the service's own role must not be.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel::{Connection, ConnectionError, QueryableByName, sql_query};

/// The SQL that an administrator runs once in a cluster and database (`throughline migrate --print-roles`).
pub const ROLES: &str = include_str!("roles.sql");

/// Why the service does not start with the role it was given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoleError {
    #[error("PostgreSQL can't be reached; check DATABASE_URL")]
    Connection(#[from] ConnectionError),
    /// The check itself failed.
    #[error("the service's database role can't be checked")]
    Check(#[from] diesel::result::Error),
    /// The role may do too much or too little.
    #[error("{0}")]
    Unfit(String),
}

#[derive(QueryableByName)]
struct Facts {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    is_superuser: bool,
    #[diesel(sql_type = Bool)]
    bypasses_rls: bool,
    #[diesel(sql_type = Bool)]
    owns_tables: bool,
    #[diesel(sql_type = Bool)]
    is_member: bool,
    #[diesel(sql_type = Bool)]
    inherits: bool,
    #[diesel(sql_type = Bool)]
    may_stage: bool,
}

/// The role that logs in, and those it becomes, which row-level security applies to.
const CHECK: &str = "
    SELECT r.rolname::text AS name, r.rolsuper AS is_superuser, r.rolbypassrls AS bypasses_rls,
           EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE pg_has_role(r.oid, c.relowner, 'USAGE') AND n.nspname = 'public') AS owns_tables,
           r.rolname <> session_user
           OR (SELECT count(*) = 3 FROM pg_roles s
               WHERE s.rolname IN ('throughline_team', 'throughline_auth', 'throughline_system')
                 AND pg_has_role(r.oid, s.oid, 'MEMBER')) AS is_member,
           r.rolname = session_user
           AND EXISTS (SELECT FROM pg_roles s
                       WHERE s.rolname IN ('throughline_team', 'throughline_auth', 'throughline_system')
                         AND pg_has_role(r.oid, s.oid, 'USAGE')) AS inherits,
           coalesce((SELECT has_database_privilege(s.oid, current_database(), 'TEMP')
                     FROM pg_roles s WHERE s.rolname = 'throughline_team'), false) AS may_stage
    FROM pg_roles r
    WHERE r.rolname IN (session_user, 'throughline_team', 'throughline_auth', 'throughline_system')
    ORDER BY r.rolname <> session_user, r.rolname";

/// Refuses a service role that row-level security does not bind, itself or as what it becomes, or that lacks a right.
///
/// # Errors
/// One line that names what is wrong with the role and how to mend it.
pub fn check(service_url: &str) -> Result<(), RoleError> {
    let mut connection = PgConnection::establish(service_url)?;
    let roles: Vec<Facts> = sql_query(CHECK).load(&mut connection)?;
    match roles.iter().find_map(unfit) {
        Some(why) => Err(RoleError::Unfit(why)),
        None => Ok(()),
    }
}

fn unfit(facts: &Facts) -> Option<String> {
    let name = &facts.name;
    let why = if facts.is_superuser {
        "is a superuser, so row-level security would not hold"
    } else if facts.bypasses_rls {
        "has BYPASSRLS, so row-level security would not hold"
    } else if facts.owns_tables {
        "owns tables, so row-level security would not hold for it"
    } else if !facts.is_member {
        "is no member of throughline_team, throughline_auth and throughline_system"
    } else if facts.inherits {
        "inherits the rights of throughline_team, throughline_auth or throughline_system instead of taking them on \
         (from PostgreSQL 16 on: GRANT … WITH INHERIT FALSE)"
    } else if !facts.may_stage {
        "lacks a right: GRANT TEMPORARY ON DATABASE … TO throughline_team"
    } else {
        return None;
    };
    Some(format!(
        "the database role `{name}` {why}; `throughline migrate --print-roles` prints the SQL that makes the right roles, \
         then DATABASE_OWNER_URL names the owner and DATABASE_URL the service's role"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit() -> Facts {
        Facts {
            name: "throughline".into(),
            is_superuser: false,
            bypasses_rls: false,
            owns_tables: false,
            is_member: true,
            inherits: false,
            may_stage: true,
        }
    }

    #[test]
    fn a_role_that_row_level_security_would_not_hold_is_named_with_the_reason() {
        assert_eq!(unfit(&fit()), None);
        for (facts, why) in [
            (Facts { is_superuser: true, ..fit() }, "superuser"),
            (Facts { bypasses_rls: true, ..fit() }, "BYPASSRLS"),
            (Facts { owns_tables: true, ..fit() }, "owns tables"),
            (Facts { is_member: false, ..fit() }, "no member"),
            (Facts { inherits: true, ..fit() }, "inherits"),
            (Facts { may_stage: false, ..fit() }, "TEMPORARY"),
        ] {
            let message = unfit(&facts).unwrap_or_default();
            assert!(message.contains(why) && message.contains("--print-roles"), "{message}");
        }
    }
}
