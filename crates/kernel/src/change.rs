//! Changes of an optional field.

/// A field that a request may leave as it is, clear or set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// The request does not mention it.
    #[default]
    Keep,
    /// The request empties it (`null` in JSON).
    Clear,
    /// The request gives it this value.
    Set(T),
}

impl<T: Clone> Change<T> {
    /// The field after the change, given what it was.
    pub fn apply(&self, before: Option<T>) -> Option<T> {
        match self {
            Self::Keep => before,
            Self::Clear => None,
            Self::Set(value) => Some(value.clone()),
        }
    }
}

impl<T> Change<T> {
    /// The value it sets, if it sets one.
    pub fn value(&self) -> Option<&T> {
        if let Self::Set(value) = self { Some(value) } else { None }
    }

    /// Whether it empties the field.
    pub fn clears(&self) -> bool {
        matches!(self, Self::Clear)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_kept_cleared_or_set() {
        for (change, after) in [(Change::Keep, Some(1)), (Change::Clear, None), (Change::Set(2), Some(2))] {
            assert_eq!(change.apply(Some(1)), after, "{change:?}");
        }
    }
}
