//! What every implementation of the ports must show. Call each suite with stores that share their data, and two
//! teams that exist and have nothing of the plant; a fresh pair of teams for each suite.

mod activities;
mod departments;
mod operators;
mod orders;
mod pause_reasons;
mod routings;
mod work_centres;

pub use self::activities::activities;
pub use self::departments::departments;
pub use self::operators::operators;
pub use self::orders::{OrderStores, orders};
pub use self::pause_reasons::pause_reasons;
pub use self::routings::{RoutingStores, routings};
pub use self::work_centres::work_centres;
use kernel::id::{TeamId, UserId};

use crate::name::Name;

/// Two teams that exist and have nothing of the plant, with users of theirs.
#[derive(Debug, Clone, Copy)]
pub struct Teams {
    pub team: TeamId,
    pub users: [UserId; 2],
    pub other_team: TeamId,
    pub foreign_user: UserId,
}

fn name(text: &str) -> Name {
    valid(Name::try_new(text))
}

#[expect(clippy::expect_used, reason = "test support: a bad value is the suite's own fault")]
fn valid<T, E: std::fmt::Debug>(value: Result<T, E>) -> T {
    value.expect("a valid value")
}
