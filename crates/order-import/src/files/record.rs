//! One CSV record: the text of its cells in one buffer.

/// A CSV record, reused from row to row.
#[derive(Debug, Clone)]
pub(super) struct Record {
    text: Vec<u8>,
    len: usize,
    ends: Vec<usize>,
    count: usize,
    line: u32,
    stray_quote: Option<u32>,
}

impl Default for Record {
    fn default() -> Self {
        Self { text: vec![0; 1024], len: 0, ends: vec![0; 32], count: 0, line: 0, stray_quote: None }
    }
}

impl Record {
    /// Clears the record; the next one starts on this line.
    pub(super) fn reset(&mut self, line: u32) {
        self.len = 0;
        self.count = 0;
        self.line = line;
        self.stray_quote = None;
    }

    /// Notes that a quote astray opens on this line.
    pub(super) fn fault_on(&mut self, line: u32) {
        self.stray_quote = Some(line);
    }

    /// The line on which a quote astray opens, if one does.
    pub(super) fn stray_quote(&self) -> Option<u32> {
        self.stray_quote
    }

    /// Adds a cell.
    pub(super) fn push(&mut self, cell: &str) {
        while self.text.len() - self.len < cell.len() {
            self.grow_text();
        }
        if self.count == self.ends.len() {
            self.grow_cells();
        }
        let (text, ends) =
            (self.text.get_mut(self.len..self.len + cell.len()), self.ends.get_mut(self.count));
        if let (Some(text), Some(end)) = (text, ends) {
            text.copy_from_slice(cell.as_bytes());
            self.len += cell.len();
            self.count += 1;
            *end = self.len;
        }
    }

    /// Unused buffers for text and for cell ends.
    pub(super) fn spare_capacity(&mut self) -> (&mut [u8], &mut [usize]) {
        (
            self.text.get_mut(self.len..).unwrap_or_default(),
            self.ends.get_mut(self.count..).unwrap_or_default(),
        )
    }

    /// Adds what was written into the [spare capacity](Self::spare_capacity).
    pub(super) fn extend(&mut self, bytes: usize, cells: usize) {
        self.len += bytes;
        self.count += cells;
    }

    pub(super) fn grow_text(&mut self) {
        self.text.resize(self.text.len() * 2, 0);
    }

    pub(super) fn grow_cells(&mut self) {
        self.ends.resize(self.ends.len() * 2, 0);
    }

    /// The physical line on which the record starts.
    pub(super) fn line(&self) -> u32 {
        self.line
    }

    /// The number of cells.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The text of all cells, one after the other.
    pub(super) fn text(&self) -> &str {
        // Cells are split at ASCII characters of valid text, so this is always text.
        let bytes = self.text.get(..self.len).unwrap_or_default();
        str::from_utf8(bytes).unwrap_or_default()
    }

    /// The offset in the text at which each cell ends.
    pub(super) fn ends(&self) -> &[usize] {
        self.ends.get(..self.count).unwrap_or_default()
    }

    /// The text of each cell.
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        let text = self.text();
        let mut start = 0;
        self.ends().iter().map(move |&end| {
            let cell = text.get(start..end).unwrap_or_default();
            start = end;
            cell
        })
    }

    /// Whether its cells are dashes, as lists draw them between the header and the rows.
    pub(super) fn is_a_rule(&self) -> bool {
        let mut cells = self.cells().map(str::trim).filter(|cell| !cell.is_empty()).peekable();
        cells.peek().is_some() && cells.all(|cell| cell.len() >= 2 && cell.bytes().all(|byte| byte == b'-'))
    }

    /// Whether all cells are empty or hold only white space.
    pub(super) fn is_blank(&self) -> bool {
        self.text().trim_start().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_text_is_read_back_as_cells() {
        let mut record = Record::default();
        record.reset(7);
        let (text, ends) = record.spare_capacity();
        text[..4].copy_from_slice("aäb".as_bytes());
        ends[..3].copy_from_slice(&[1, 1, 4]);
        record.extend(4, 3);
        assert_eq!(record.cells().collect::<Vec<_>>(), ["a", "", "äb"]);
        assert_eq!((record.line(), record.count()), (7, 3));
        assert!(!record.is_blank());
        record.reset(8);
        assert!(record.is_blank() && record.cells().next().is_none());
    }
}
