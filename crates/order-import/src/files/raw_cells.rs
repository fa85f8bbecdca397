//! The cells of a row, packed for storage.

/// The cells of a row by column: about two bytes more than their text per cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RawCells {
    text: Box<str>,
    /// For each cell its column less the one before, and its length, as LEB128.
    spans: Box<[u8]>,
}

impl RawCells {
    /// Packs cells, each with its column's 0-based index, in any order; of two cells for one column the first wins.
    pub fn from_pairs<S: AsRef<str>>(pairs: impl IntoIterator<Item = (u16, S)>) -> Self {
        let mut pairs: Vec<(u16, S)> = pairs.into_iter().collect();
        pairs.sort_by_key(|pair| pair.0);
        pairs.dedup_by_key(|pair| pair.0);
        let (mut text, mut spans, mut before) = (String::new(), Vec::new(), 0);
        for (column, cell) in &pairs {
            let cell = cell.as_ref();
            text.push_str(cell);
            push_number(&mut spans, usize::from(column - before));
            push_number(&mut spans, cell.len());
            before = *column;
        }
        Self { text: text.into_boxed_str(), spans: spans.into_boxed_slice() }
    }

    /// The cells with their column's index, by ascending column.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &str)> {
        let (mut text, mut spans, mut column) = (&*self.text, self.spans.iter(), 0_u16);
        std::iter::from_fn(move || {
            let gap = next_number(&mut spans)?;
            column = column.saturating_add(u16::try_from(gap).ok()?);
            let (cell, rest) = text.split_at_checked(next_number(&mut spans)?)?;
            text = rest;
            Some((column, cell))
        })
    }

    /// The bytes that the cells take on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.text.len() + self.spans.len()
    }
}

/// Appends a number, seven bits a byte.
fn push_number(out: &mut Vec<u8>, mut number: usize) {
    while number > 0x7F {
        out.push(0x80 | low_bits(number));
        number >>= 7;
    }
    out.push(low_bits(number));
}

/// The lowest seven bits.
fn low_bits(number: usize) -> u8 {
    u8::try_from(number & 0x7F).unwrap_or_default()
}

/// Reads a number written by [`push_number`].
fn next_number<'a>(bytes: &mut impl Iterator<Item = &'a u8>) -> Option<usize> {
    let mut number = 0;
    for shift in (0..usize::BITS).step_by(7) {
        let byte = *bytes.next()?;
        number |= usize::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn packed_cells_are_read_back_by_column(
            cells in proptest::collection::btree_map(any::<u16>(), "\\PC{0,200}", 0..20)
        ) {
            let packed = RawCells::from_pairs(cells.iter().rev().map(|(at, text)| (*at, text)));
            let back: BTreeMap<u16, String> =
                packed.iter().map(|(at, text)| (at, text.to_owned())).collect();
            prop_assert_eq!(back, cells);
        }
    }

    #[test]
    fn the_first_of_two_cells_for_one_column_wins() {
        let packed = RawCells::from_pairs([(2, "a"), (1, "b"), (2, "c")]);
        assert_eq!(packed.iter().collect::<Vec<_>>(), [(1, "b"), (2, "a")]);
        assert_eq!(packed.heap_bytes(), 6);
    }

    #[test]
    fn long_cells_are_stored_whole() {
        let long = "x".repeat(1 << 20);
        let packed = RawCells::from_pairs([(u16::MAX, &long)]);
        assert_eq!(packed.iter().next(), Some((u16::MAX, long.as_str())));
    }
}
