pub(crate) mod manage_vendors;

#[cfg(test)]
mod tests;
