/** The names of the zones that mark a time read from TOML without an offset, and say how it is written again. */
export const LOCAL_DATETIME = 'datetime-local';
export const LOCAL_DATE = 'date-local';
export const LOCAL_TIME = 'time-local';
