-- Run once as the superuser: psql -v password="'...'" -f setup.sql
-- One database for all machines. The gateway makes and upgrades its tables itself, as the owner.
CREATE ROLE xiangyin LOGIN PASSWORD :password CONNECTION LIMIT 200;
CREATE DATABASE xiangyin OWNER xiangyin ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE xiangyin FROM PUBLIC;
\connect xiangyin
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO xiangyin;
-- A shipper that waits for a lock must not wait for ever: journals hold everything meanwhile.
ALTER ROLE xiangyin SET lock_timeout = '10s';
ALTER ROLE xiangyin SET statement_timeout = '60s';
ALTER ROLE xiangyin SET idle_in_transaction_session_timeout = '60s';
