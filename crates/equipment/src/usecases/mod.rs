pub(crate) mod monitor_equipment;
