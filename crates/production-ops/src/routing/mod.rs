//! temporary
use kernel::id::{Id, Kind};
/// x
pub struct RoutingMark;
impl Kind for RoutingMark {
    const NAME: &'static str = "routing";
}
/// x
pub type RoutingId = Id<RoutingMark>;
/// x
pub struct RoutingOperationMark;
impl Kind for RoutingOperationMark {
    const NAME: &'static str = "routing_operation";
}
/// x
pub type RoutingOperationId = Id<RoutingOperationMark>;
