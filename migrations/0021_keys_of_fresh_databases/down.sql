DROP FUNCTION renew_referenced_keys();
