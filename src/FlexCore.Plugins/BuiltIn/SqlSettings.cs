using System.Text.Json;
using FlexCore.Application.Ports;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>What a <c>sql</c> step does.</summary>
/// <param name="File">The database, where it is a file of SQLite.</param>
/// <param name="Server">The database, where a server has it.</param>
/// <param name="Parameters">By name.</param>
/// <param name="Work">In this order, in one transaction.</param>
internal sealed record SqlSettings(string? File, PostgresAddress? Server, IReadOnlyDictionary<string, JsonElement?> Parameters, IReadOnlyList<SqlWork> Work);

/// <summary>One of these.</summary>
/// <param name="Execute">Statements.</param>
/// <param name="Script">A file of statements.</param>
/// <param name="Load">Rows that are written.</param>
/// <param name="Read">Rows that are read.</param>
internal sealed record SqlWork(string? Execute, string? Script, SqlLoad? Load, SqlRead? Read);

/// <summary>Rows of a file that go into a table.</summary>
internal sealed record SqlLoad(string File, string Table, IReadOnlyList<string> Columns);

/// <summary>Rows that a query finds.</summary>
internal sealed record SqlRead(string Query, string? Save);
