-- The consumer that puts finished goods into stock is named for the production receipt: goods receipts are what vendors
-- deliver. Sealed audit entries keep the name they were written with.
DO $$
DECLARE
    left_over bigint;
BEGIN
    UPDATE relay_cursors SET consumer = 'production_receipt' WHERE consumer = 'goods_receipt';
    UPDATE relay_retries SET consumer = 'production_receipt' WHERE consumer = 'goods_receipt';
    UPDATE inbox SET consumer = 'production_receipt' WHERE consumer = 'goods_receipt';
    SELECT (SELECT count(*) FROM relay_cursors WHERE consumer = 'goods_receipt')
         + (SELECT count(*) FROM relay_retries WHERE consumer = 'goods_receipt')
         + (SELECT count(*) FROM inbox WHERE consumer = 'goods_receipt')
      INTO left_over;
    ASSERT left_over = 0, format('%s rows of the consumer goods_receipt were not renamed', left_over);
END $$;

ALTER FUNCTION lay_out_operations(uuid, uuid[], timestamptz) RENAME TO plan_operations;
