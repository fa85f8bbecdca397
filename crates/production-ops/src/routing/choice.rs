use super::{RoutingId, RoutingVersion};
use crate::name::Name;

/// The routing that a new order is to have: by its id, its name in any case, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoutingChoice {
    Id(RoutingId),
    Named(Name),
    /// Both must be of one routing.
    Both(RoutingId, Name),
}

/// A routing that a choice may mean, as it is in its latest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingCandidate {
    pub id: RoutingId,
    pub version: RoutingVersion,
    pub name: Name,
    pub is_active: bool,
}

/// Why a chosen routing can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceFault {
    /// In the words of the API document.
    #[error("Invalid routing ID provided")]
    UnknownId,
    #[error("names no routing of the team; send the name of one that exists")]
    UnknownName,
    /// `by_name`: no id was given.
    #[error("names a routing that is out of use; name another, or take it into use again")]
    Inactive { by_name: bool },
    /// Id and name are of two routings.
    #[error("is not the name of the routing that routingId names; send one of them, or both of one routing")]
    Disagrees,
}

impl RoutingChoice {
    /// The routing that is meant, of the one that a store has found by [`id`](Self::id), or else by name.
    ///
    /// # Errors
    /// When there is none, it is out of use, or it does not have the name.
    pub fn settle(&self, found: Option<RoutingCandidate>) -> Result<RoutingCandidate, ChoiceFault> {
        let by_name = self.id().is_none();
        let unknown = if by_name { ChoiceFault::UnknownName } else { ChoiceFault::UnknownId };
        let found = found.ok_or(unknown)?;
        match self {
            Self::Both(_, name) if name.key() != found.name.key() => Err(ChoiceFault::Disagrees),
            _ if !found.is_active => Err(ChoiceFault::Inactive { by_name }),
            _ => Ok(found),
        }
    }

    pub const fn id(&self) -> Option<RoutingId> {
        match self {
            Self::Id(id) | Self::Both(id, _) => Some(*id),
            Self::Named(_) => None,
        }
    }

    pub const fn name(&self) -> Option<&Name> {
        match self {
            Self::Named(name) | Self::Both(_, name) => Some(name),
            Self::Id(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::clock::{CountedIds, IdSource};

    #[test]
    fn a_choice_means_a_routing_in_use_of_that_id_and_name() {
        let ids: &dyn IdSource = &CountedIds::default();
        let id = ids.id();
        let name = |text: &str| Name::try_new(text).unwrap();
        let widget =
            RoutingCandidate { id, version: RoutingVersion::FIRST, name: name("Widget"), is_active: true };
        let closed = RoutingCandidate { is_active: false, ..widget.clone() };
        let (by_id, by_name) = (RoutingChoice::Id(id), RoutingChoice::Named(name("WIDGET")));
        let both = |text: &str| RoutingChoice::Both(id, name(text));
        for choice in [&by_id, &by_name, &both("widget")] {
            assert_eq!(choice.settle(Some(widget.clone())), Ok(widget.clone()), "{choice:?}");
            let by_name = choice.id().is_none();
            assert_eq!(choice.settle(Some(closed.clone())), Err(ChoiceFault::Inactive { by_name }));
        }
        assert_eq!(by_id.settle(None), Err(ChoiceFault::UnknownId));
        assert_eq!(both("widget").settle(None), Err(ChoiceFault::UnknownId));
        assert_eq!(by_name.settle(None), Err(ChoiceFault::UnknownName));
        assert_eq!(both("Gadget").settle(Some(widget)), Err(ChoiceFault::Disagrees));
        assert_eq!(both("Gadget").settle(Some(closed)), Err(ChoiceFault::Disagrees));
    }
}
