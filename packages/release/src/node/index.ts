export { openSqlStorage, type SqlStorage, type SqlStorageOptions } from './sql.ts';
