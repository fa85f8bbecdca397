-- Makes each key that foreign keys refer to the newest index of its table. A foreign key's check is planned once in a
-- session; planned while the table is empty, indexes that begin with the team cost the same, and PostgreSQL takes the
-- newest: one without the whole key would read every row of the team. A migration that adds an index to such a table
-- calls this at its end.
CREATE FUNCTION renew_referenced_keys() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public
AS $$
DECLARE
    key record;
    reference record;
    reference_list jsonb;
BEGIN
    FOR key IN
        SELECT k.conrelid::regclass AS relation, k.conname AS name, pg_get_constraintdef(k.oid) AS definition, k.conindid AS index
        FROM pg_constraint k
        WHERE k.contype IN ('p', 'u') AND k.connamespace = 'public'::regnamespace
          AND EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = k.conindid)
          AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indexrelid > k.conindid)
        ORDER BY k.conindid
    LOOP
        SELECT jsonb_agg(jsonb_build_object('relation', f.conrelid::regclass::text, 'name', f.conname,
                                            'definition', pg_get_constraintdef(f.oid)) ORDER BY f.oid)
          INTO reference_list
          FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = key.index;
        FOR reference IN SELECT * FROM jsonb_to_recordset(reference_list) AS r (relation text, name text, definition text) LOOP
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', reference.relation, reference.name);
        END LOOP;
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s', key.relation, key.name, key.name, key.definition);
        FOR reference IN SELECT * FROM jsonb_to_recordset(reference_list) AS r (relation text, name text, definition text) LOOP
            EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', reference.relation, reference.name, reference.definition);
        END LOOP;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION renew_referenced_keys() FROM PUBLIC;
SELECT renew_referenced_keys();
