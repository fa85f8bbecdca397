DROP FUNCTION protect_team_table(regclass);
ALTER FUNCTION plan_operations(uuid, uuid[], timestamptz) RENAME TO lay_out_operations;
UPDATE inbox SET consumer = 'goods_receipt' WHERE consumer = 'production_receipt';
UPDATE relay_retries SET consumer = 'goods_receipt' WHERE consumer = 'production_receipt';
UPDATE relay_cursors SET consumer = 'goods_receipt' WHERE consumer = 'production_receipt';
