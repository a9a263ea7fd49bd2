using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines.BuiltIn;

/// <summary>Reads what a <c>sql</c> step does.</summary>
internal sealed class SqlSettingsReader(WrittenSettings settings, ProjectFiles files, List<Error> errors)
{
    private const int UsualPort = 5432;
    private const int MostColumns = 1600;

    private static readonly string[] Works = ["execute", "script", "load", "read"];
    private static readonly IReadOnlyList<string> TableFiles = [".csv", ".jsonl", ".ndjson"];

    private static readonly Dictionary<string, SqlTls> TlsWords = new(StringComparer.Ordinal)
    {
        ["prefer"] = SqlTls.Prefer, ["off"] = SqlTls.Off, ["require"] = SqlTls.Require, ["verify"] = SqlTls.Verify,
    };

    /// <summary>The server that it works on, <c>host:port</c>; null for a file.</summary>
    public string? System { get; private set; }

    public JsonObject Read(MapReader map)
    {
        var (postgres, sqlite) = (map.Find("postgres"), map.Find("sqlite"));
        if ((postgres is null) == (sqlite is null)) errors.Add(new Error(ErrorCodes.InvalidValue, "a sql step works on exactly one of: postgres, sqlite", map.At));
        var read = new JsonObject
        {
            ["file"] = files.FindWritten(settings, map, "sqlite"),
            ["server"] = postgres is null ? null : ReadServer(postgres),
            ["parameters"] = ReadParameters(map),
            ["work"] = ReadWork(map),
        };
        map.Finish();
        return read;
    }

    private JsonObject? ReadServer(YamlValue value)
    {
        if (MapReader.Open(value, "'postgres'", errors) is not { } map) return null;
        var port = map.Find("port", UsualPort, text => ushort.TryParse(text, out var number) && number > 0 ? number : null, "a port from 1 to 65535");
        var host = map.RequireText("host");
        if (map.Find("host") is { } written && settings.IsLate(written)) errors.Add(new Error(ErrorCodes.InvalidValue, "'host' must be known before the run", written.At));
        var server = new JsonObject
        {
            ["host"] = host,
            ["port"] = port,
            ["database"] = Text(map, "database"),
            ["user"] = Text(map, "user"),
            ["password"] = map.FindSecretText("password", settings, errors),
            ["tls"] = (map.FindWord("tls", TlsWords, SqlTls.Prefer) ?? SqlTls.Prefer).ToString(),
        };
        if (host is not null) System = $"{host}:{port}";
        map.Finish();
        return server;
    }

    private JsonNode? Text(MapReader map, string key)
    {
        if (map.Require(key) is not { } value) return null;
        if (value is YamlScalar { Text.Length: > 0 } text) return settings.IsLate(value) ? settings.Json(value) : JsonValue.Create(text.Text);
        errors.Add(new Error(ErrorCodes.InvalidValue, $"'{key}' must be a text", value.At));
        return null;
    }

    private JsonObject ReadParameters(MapReader map)
    {
        var parameters = new JsonObject();
        foreach (var (name, at, value) in map.FindMap("parameters")?.Entries() ?? [])
        {
            if (!IsName(name)) errors.Add(new Error(ErrorCodes.InvalidName, $"'{Domain.Printable.Escape(name)}' cannot be the name of a parameter: a letter, then letters, digits and _", at));
            parameters[name] = settings.Json(value);
        }

        return parameters;
    }

    private JsonArray ReadWork(MapReader map)
    {
        if (map.Require("do") is not { } value) return [];
        if (value is YamlList { Items.Count: > 0 } list) return [.. list.Items.Select(ReadOne)];
        errors.Add(new Error(ErrorCodes.InvalidValue, $"'do' must be a list of what is done, each one of: {string.Join(", ", Works)}", value.At));
        return [];
    }

    private JsonObject? ReadOne(YamlValue value)
    {
        if (MapReader.Open(value, "what is done", errors) is not { } map) return null;
        var kinds = Works.Where(kind => map.Find(kind) is not null).ToList();
        if (kinds.Count != 1) errors.Add(new Error(ErrorCodes.InvalidValue, $"what is done is exactly one of: {string.Join(", ", Works)}", value.At));
        var one = new JsonObject
        {
            ["execute"] = map.Find("execute") is { } statement ? Sql(statement, "execute") : null,
            ["script"] = files.FindRead(settings, map, "script", ".sql"),
            ["load"] = map.FindMap("load") is { } load ? ReadLoad(load) : null,
            ["read"] = map.FindMap("read") is { } read ? ReadQuery(read) : null,
        };
        map.Finish();
        return one;
    }

    private JsonObject ReadLoad(MapReader map)
    {
        map.Require("file");
        var columns = map.FindTexts("columns");
        if (columns.Count > MostColumns) errors.Add(new Error(ErrorCodes.InvalidValue, $"there can be {MostColumns} columns at most", map.At));
        var load = new JsonObject { ["file"] = files.FindRead(settings, map, "file", TableFiles), ["table"] = Name(map, "table"), ["columns"] = new JsonArray([.. columns.Select(column => JsonValue.Create(column.Text))]) };
        map.Finish();
        return load;
    }

    private JsonObject ReadQuery(MapReader map)
    {
        var query = new JsonObject { ["query"] = map.Require("query") is { } text ? Sql(text, "query") : null, ["save"] = files.FindWritten(settings, map, "save", TableFiles) };
        map.Finish();
        return query;
    }

    private string? Name(MapReader map, string key)
    {
        if (map.Require(key) is not { } value) return null;
        if (value is YamlScalar { Text: var text } && !settings.IsLate(value) && text.Split('.') is { Length: <= 2 } parts && parts.All(part => part.Length > 0)) return text;
        errors.Add(new Error(ErrorCodes.InvalidValue, $"'{key}' must be the name of a table, or schema.table, known before the run", value.At));
        return null;
    }

    /// <summary>Values are bound, never pasted: no text of SQL is made of them.</summary>
    private string? Sql(YamlValue value, string key)
    {
        if (settings.Refers(value)) errors.Add(new Error(ErrorCodes.InvalidValue, $"'{key}' is SQL, into which nothing is pasted", value.At, "Give the value in `parameters`, and name it in the SQL as @name."));
        else if (value is not YamlScalar { IsNull: false }) errors.Add(new Error(ErrorCodes.InvalidValue, $"'{key}' must be SQL", value.At));
        return (value as YamlScalar)?.Text;
    }

    private static bool IsName(string text) => text.Length is > 0 and <= 63 && char.IsAsciiLetter(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
