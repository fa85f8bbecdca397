-- Renames the consumer that receives finished goods into stock to production_receipt: goods receipts are deliveries of
-- vendors. Sealed audit entries keep the old name. Renames lay_out_operations to plan_operations.
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

-- A table of a team: row-level security, and the policy that shows each team its own rows.
CREATE FUNCTION protect_team_table(name regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format(
        'CREATE POLICY own_team ON %s TO throughline_team
             USING (team_id = (SELECT current_team())) WITH CHECK (team_id = (SELECT current_team()))', name);
END $$;
REVOKE ALL ON FUNCTION protect_team_table(regclass) FROM PUBLIC;
