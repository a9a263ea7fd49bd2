using SQLitePCL;

namespace FlexCore.EventStore.Sqlite;

/// <summary>One use of a prepared statement. Its end makes the statement ready for the next use and lets go of the file's locks.</summary>
internal readonly ref struct SqliteQuery(SqliteSession session, sqlite3_stmt statement) : IDisposable
{
    internal SqliteQuery Bind(int parameter, long value)
    {
        session.Check(raw.sqlite3_bind_int64(statement, parameter, value));
        return this;
    }

    internal SqliteQuery Bind(int parameter, string value)
    {
        session.Check(raw.sqlite3_bind_text(statement, parameter, value));
        return this;
    }

    internal SqliteQuery Bind(int parameter, ReadOnlySpan<byte> value)
    {
        // The address of no bytes is null, which SQLite would take for NULL.
        session.Check(value.IsEmpty
            ? raw.sqlite3_bind_zeroblob(statement, parameter, 0)
            : raw.sqlite3_bind_blob(statement, parameter, value));
        return this;
    }

    /// <summary>Binds the id big-endian: then ids that grow with time (UUIDv7) also grow in the index.</summary>
    internal SqliteQuery Bind(int parameter, Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        session.Check(raw.sqlite3_bind_blob(statement, parameter, bytes));
        return this;
    }

    internal SqliteQuery Bind(int parameter, LogHash value)
    {
        Span<byte> bytes = stackalloc byte[LogHash.Size];
        value.CopyTo(bytes);
        session.Check(raw.sqlite3_bind_blob(statement, parameter, bytes));
        return this;
    }

    /// <summary>Binds what a caller's own statement needs.</summary>
    internal SqliteQuery Bind(int parameter, object? value)
    {
        switch (value)
        {
            case null: session.Check(raw.sqlite3_bind_null(statement, parameter)); return this;
            case string text: return Bind(parameter, text);
            case long number: return Bind(parameter, number);
            case int number: return Bind(parameter, number);
            case bool flag: return Bind(parameter, flag ? 1 : 0);
            case Guid id: return Bind(parameter, id);
            case byte[] bytes: return Bind(parameter, bytes.AsSpan());
            default: throw new ArgumentException($"A parameter of the type {value.GetType().Name} is not one that SQLite keeps.", nameof(value));
        }
    }

    /// <summary>Runs an insert.</summary>
    /// <returns>False when the row is there already.</returns>
    internal bool TryStep() => TryStep(out _);

    /// <summary>Runs a statement up to its first row.</summary>
    /// <returns>False when it breaks a rule of its table.</returns>
    internal bool TryStep(out bool hasRow)
    {
        var code = raw.sqlite3_step(statement);
        hasRow = code == raw.SQLITE_ROW;
        if ((code & 0xFF) == raw.SQLITE_CONSTRAINT) return false;
        session.Check(code);
        return true;
    }

    /// <summary>Goes to the next row.</summary>
    /// <returns>False when there is none.</returns>
    internal bool Step()
    {
        var code = raw.sqlite3_step(statement);
        session.Check(code);
        return code == raw.SQLITE_ROW;
    }

    internal long Number(int column) => raw.sqlite3_column_int64(statement, column);

    internal string Text(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();

    /// <summary>The bytes of a column, valid until the next step.</summary>
    internal ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(statement, column);

    public void Dispose()
    {
        // Reset repeats the error of the last step, which has been reported.
        _ = raw.sqlite3_reset(statement);
        _ = raw.sqlite3_clear_bindings(statement);
    }
}
