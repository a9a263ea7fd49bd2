namespace FlexCore.EventStore;

/// <summary>
/// One statement on tables of the caller's own in the database of the log, done in the transaction of an append: the events and the change are there together, or neither is.
/// </summary>
/// <param name="Sql">One statement in the words of the database; its parameters are <c>$1</c>, <c>$2</c>, … on PostgreSQL and <c>?1</c>, <c>?2</c>, … on SQLite.</param>
/// <param name="Parameters">Strings, whole numbers, booleans, ids, bytes or null; on PostgreSQL whatever Npgsql takes.</param>
/// <param name="MustMatch">
/// Whether the append is refused when the statement returns no row. Such a statement is a <c>SELECT</c>, or says <c>RETURNING</c>.
/// </param>
public sealed record TableChange(string Sql, IReadOnlyList<object?> Parameters, bool MustMatch = false);
