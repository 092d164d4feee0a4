-- a record
ALTER TABLE articles ENABLE ROW LEVEL SECURITY;
CREATE POLICY somebody ON articles AS RESTRICTIVE FOR ALL TO desk_requester, desk_technician, desk_admin USING ((SELECT app.person()) IS NOT NULL);
GRANT SELECT ON articles TO desk_requester;
CREATE POLICY select_requester ON articles FOR SELECT TO desk_requester USING (published OR author_id = (SELECT app.person()));
GRANT SELECT ON articles TO desk_technician, desk_admin;
CREATE POLICY select_staff ON articles FOR SELECT TO desk_technician, desk_admin USING (true);
GRANT INSERT (author_id, name, text) ON articles TO desk_technician, desk_admin;
CREATE POLICY insert_staff ON articles FOR INSERT TO desk_technician, desk_admin WITH CHECK (author_id = (SELECT app.person()));
GRANT UPDATE (name, text, published) ON articles TO desk_technician, desk_admin;
CREATE POLICY update_staff ON articles FOR UPDATE TO desk_technician, desk_admin USING (true);
GRANT DELETE ON articles TO desk_technician, desk_admin;
CREATE POLICY delete_staff ON articles FOR DELETE TO desk_technician, desk_admin USING (author_id = (SELECT app.person()) AND created_at > now() - interval '10 minutes');
GRANT INSERT ON articles TO desk_import;
CREATE POLICY imports ON articles FOR ALL TO desk_import USING (true) WITH CHECK (true);
GRANT SELECT (id) ON articles TO desk_import;
GRANT UPDATE ON SEQUENCE articles_id_seq TO desk_import;
INSERT INTO app.record_rules (type, role, table_name, sees, sees_on) VALUES
    ('ART', 'requester', 'articles', $rule$published OR author_id = {me}$rule$, $rule$false$rule$),
    ('ART', 'technician', 'articles', $rule$true$rule$, $rule$true$rule$),
    ('ART', 'admin', 'articles', $rule$true$rule$, $rule$true$rule$);
SELECT app.compile_record_rules();
CREATE TRIGGER record_event AFTER INSERT OR UPDATE OR DELETE ON articles FOR EACH ROW EXECUTE FUNCTION app.record_event('id', 'ART');
CREATE POLICY of_articles ON events FOR SELECT TO desk_requester, desk_technician, desk_admin USING (table_name = 'articles' AND app.sees(subject_type, subject_id));
SELECT app.keep_updated_at('articles');

-- a link
ALTER TABLE article_tickets ENABLE ROW LEVEL SECURITY;
CREATE POLICY somebody ON article_tickets AS RESTRICTIVE FOR ALL TO desk_requester, desk_technician, desk_admin USING ((SELECT app.person()) IS NOT NULL);
GRANT SELECT ON article_tickets TO desk_requester, desk_technician, desk_admin;
CREATE POLICY select_people ON article_tickets FOR SELECT TO desk_requester, desk_technician, desk_admin USING (app.sees('ART', article_id));
GRANT INSERT ON article_tickets TO desk_import;
CREATE POLICY imports ON article_tickets FOR ALL TO desk_import USING (true) WITH CHECK (true);
CREATE TRIGGER record_event AFTER INSERT OR UPDATE OR DELETE ON article_tickets FOR EACH ROW EXECUTE FUNCTION app.record_event('article_id', 'ART');
CREATE POLICY of_article_tickets ON events FOR SELECT TO desk_requester, desk_technician, desk_admin USING (table_name = 'article_tickets' AND app.sees(subject_type, subject_id));
SELECT app.keep_updated_at('article_tickets');

-- notes on records
ALTER TABLE comments ENABLE ROW LEVEL SECURITY;
CREATE POLICY somebody ON comments AS RESTRICTIVE FOR ALL TO desk_requester, desk_technician, desk_admin USING ((SELECT app.person()) IS NOT NULL);
GRANT SELECT ON comments TO desk_requester;
CREATE POLICY select_requester ON comments FOR SELECT TO desk_requester USING (true);
GRANT SELECT ON comments TO desk_technician, desk_admin;
CREATE POLICY select_staff ON comments FOR SELECT TO desk_technician, desk_admin USING (true);
CREATE POLICY on_records ON comments AS RESTRICTIVE FOR SELECT TO desk_requester USING (false);
INSERT INTO app.record_rules (type, role, table_name, sees, sees_on) VALUES
    ('COM', 'requester', 'comments', $rule$app.sees_on({viewer}on_kind, on_id)$rule$, $rule$app.sees_on({viewer}on_kind, on_id)$rule$),
    ('COM', 'technician', 'comments', $rule$true$rule$, $rule$true$rule$),
    ('COM', 'admin', 'comments', $rule$true$rule$, $rule$true$rule$);
SELECT app.compile_record_rules();
CREATE TRIGGER record_event AFTER INSERT OR UPDATE OR DELETE ON comments FOR EACH ROW EXECUTE FUNCTION app.record_event('on_id', 'on_kind');
CREATE POLICY of_comments ON events FOR SELECT TO desk_requester USING (table_name = 'comments' AND app.sees('COM', record_id));
CREATE POLICY of_comments_as_staff ON events FOR SELECT TO desk_technician, desk_admin USING (table_name = 'comments' AND app.sees_on(subject_type, subject_id));
SELECT app.keep_updated_at('comments');

-- for admins
ALTER TABLE keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY somebody ON keys AS RESTRICTIVE FOR ALL TO desk_requester, desk_technician, desk_admin USING ((SELECT app.person()) IS NOT NULL);
GRANT SELECT ON keys TO desk_admin;
CREATE POLICY select_admin ON keys FOR SELECT TO desk_admin USING (true);
CREATE TRIGGER record_event AFTER INSERT OR UPDATE OR DELETE ON keys FOR EACH ROW EXECUTE FUNCTION app.record_event();
CREATE POLICY of_keys ON events FOR SELECT TO desk_admin USING (table_name = 'keys' AND true);
SELECT app.keep_updated_at('keys');

-- for services
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
CREATE POLICY somebody ON outbox AS RESTRICTIVE FOR ALL TO desk_requester, desk_technician, desk_admin USING ((SELECT app.person()) IS NOT NULL);
GRANT SELECT (id, state) ON outbox TO desk_worker;
CREATE POLICY select_worker ON outbox FOR SELECT TO desk_worker USING (true);
GRANT INSERT ON outbox TO desk_requester, desk_technician, desk_admin;
CREATE POLICY insert_people ON outbox FOR INSERT TO desk_requester, desk_technician, desk_admin WITH CHECK (true);
SELECT app.keep_updated_at('outbox');

-- taking back
DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public'
        AND (tablename = 'articles' OR policyname IN ('of_articles', 'of_articles_as_staff')) LOOP
        EXECUTE format('DROP POLICY %I ON %I', found.policyname, found.tablename);
    END LOOP;
END $$;
DROP TRIGGER IF EXISTS record_event ON articles;
DROP TRIGGER IF EXISTS keep_updated_at ON articles;
ALTER TABLE articles DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON articles FROM desk_requester, desk_technician, desk_admin, desk_worker, desk_clock, desk_import;
DELETE FROM app.record_rules WHERE table_name = 'articles';
SELECT app.compile_record_rules();

-- a function
CREATE FUNCTION app.nobody() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
SELECT NULL::bigint
$$;
REVOKE ALL ON FUNCTION app.nobody() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.nobody() TO desk_technician, desk_admin;
