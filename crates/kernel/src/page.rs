//! Parts of long lists.

/// The requested part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    offset: u32,
    limit: u32,
}

/// Why a window was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be between 1 and {max}")]
pub struct LimitFault {
    /// The largest `limit` of this list.
    pub max: u32,
}

impl Window {
    /// `limit` entries (1 to `max`) after the first `offset`.
    ///
    /// # Errors
    /// When `limit` is 0 or more than `max`.
    pub fn try_new(offset: u32, limit: u32, max: u32) -> Result<Self, LimitFault> {
        if (1..=max).contains(&limit) { Ok(Self { offset, limit }) } else { Err(LimitFault { max }) }
    }

    /// The number of entries skipped.
    pub const fn offset(self) -> u32 {
        self.offset
    }

    /// The most entries returned.
    pub const fn limit(self) -> u32 {
        self.limit
    }
}

/// A part of a list, and the length of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// The entries of the window, in the list's order.
    pub items: Vec<T>,
    /// Entries in all that match the filters.
    pub total: u64,
}

/// A part of a list whose length is counted only where that is wanted: counting takes longer the longer the list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries of the window, in the list's order.
    pub items: Vec<T>,
    /// Entries in all that match the filters, if that was wanted.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// A list without entries.
    pub fn empty(counted: bool) -> Self {
        Self { items: Vec::new(), total: counted.then_some(0) }
    }
}

impl<T> Listing<T> {
    /// Whether more entries follow.
    pub fn has_more(&self, window: Window) -> bool {
        u64::from(window.offset()) + (self.items.len() as u64) < self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_at_least_one_and_at_most_max_entries() {
        assert_eq!(Window::try_new(0, 0, 500), Err(LimitFault { max: 500 }));
        assert_eq!(Window::try_new(0, 501, 500), Err(LimitFault { max: 500 }));
        assert_eq!(Window::try_new(7, 500, 500).map(Window::offset), Ok(7));
    }

    #[test]
    fn more_follows_until_the_last_entry_was_given() {
        let window = Window::try_new(2, 2, 10).unwrap();
        assert!(Listing { items: vec!['c', 'd'], total: 5 }.has_more(window));
        assert!(!Listing { items: vec!['c', 'd'], total: 4 }.has_more(window));
    }
}
