pub(crate) mod process_batch;
