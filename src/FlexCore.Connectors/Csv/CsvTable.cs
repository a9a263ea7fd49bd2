using System.Text;
using System.Text.Json.Nodes;
using FlexCore.Sdk;

namespace FlexCore.Connectors.Csv;

/// <summary>The columns of a CSV file: from its header, its settings and its first rows.</summary>
internal sealed class CsvTable
{
    private const int SampleRows = 1000;

    private static readonly CsvType[] Inferred = [CsvType.Integer, CsvType.Number, CsvType.Boolean];

    private CsvTable(CsvTapSettings settings, IReadOnlyList<string> columns, IReadOnlyList<CsvType> types, long firstRow)
    {
        (Columns, Types, FirstRow) = (columns, types, firstRow);
        Stream = settings.Stream ?? Path.GetFileNameWithoutExtension(settings.Path);
        Keys = settings.Keys ?? [];
    }

    public string Stream { get; }

    public IReadOnlyList<string> Keys { get; }

    public IReadOnlyList<string> Columns { get; }

    /// <summary>One for each column.</summary>
    public IReadOnlyList<CsvType> Types { get; }

    /// <summary>Where in the file the first row behind the header begins.</summary>
    public long FirstRow { get; }

    /// <exception cref="PluginException">The file does not fit the settings.</exception>
    public static async ValueTask<CsvTable> ReadAsync(CsvTapSettings settings, CsvReader reader, CancellationToken cancellationToken)
    {
        var columns = await reader.NextAsync(cancellationToken).ConfigureAwait(false) ? Texts(reader) : throw new PluginException($"{settings.Path} has no header row");
        Check(settings, columns);
        var firstRow = reader.Offset;
        var nulls = Encoding.UTF8.GetBytes(settings.Null);
        var candidates = columns.Select(_ => Inferred.ToList()).ToList();
        var hasValue = new bool[columns.Count];
        for (var row = 0; row < SampleRows && await reader.NextAsync(cancellationToken).ConfigureAwait(false); row++)
        {
            for (var i = 0; i < Math.Min(columns.Count, reader.Count); i++) Narrow(candidates[i], reader.Field(i, out _), nulls, ref hasValue[i]);
        }

        return new CsvTable(settings, columns, [.. columns.Select(TypeOf)], firstRow);

        CsvType TypeOf(string name, int index) => settings.Types?.TryGetValue(name, out var given) is true ? given : hasValue[index] ? candidates[index].FirstOrDefault(CsvType.Text) : CsvType.Text;
    }

    public JsonObject Schema => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(Columns.Select((name, index) => KeyValuePair.Create(name, (JsonNode?)new JsonObject { ["type"] = TypeOf(name, Types[index]) }))),
    };

    private JsonNode TypeOf(string column, CsvType type)
    {
        var name = type switch { CsvType.Integer => "integer", CsvType.Number => "number", CsvType.Boolean => "boolean", _ => "string" };
        return Keys.Contains(column) ? name : new JsonArray("null", name);
    }

    private static void Narrow(List<CsvType> candidates, ReadOnlySpan<byte> value, ReadOnlySpan<byte> nulls, ref bool hasValue)
    {
        if (value.IsEmpty || value.SequenceEqual(nulls)) return;
        hasValue = true;
        for (var i = candidates.Count - 1; i >= 0; i--)
        {
            if (!CsvLiterals.IsValid(candidates[i], value)) candidates.RemoveAt(i);
        }
    }

    private static List<string> Texts(CsvReader reader)
    {
        var texts = new List<string>();
        for (var i = 0; i < reader.Count; i++)
        {
            var text = Encoding.UTF8.GetString(reader.Field(i, out var doubled));
            texts.Add(doubled ? text.Replace("\"\"", "\"", StringComparison.Ordinal) : text);
        }

        return texts;
    }

    private static void Check(CsvTapSettings settings, List<string> columns)
    {
        if (columns.Contains("") || columns.Distinct(StringComparer.Ordinal).Count() < columns.Count)
            throw new PluginException($"{settings.Path}: each column needs a name of its own: {string.Join(", ", columns)}");
        if ((settings.Keys ?? []).Concat(settings.Types?.Keys ?? []).FirstOrDefault(name => !columns.Contains(name)) is { } missing)
            throw new PluginException($"{settings.Path} has no column '{missing}', which the settings name; it has {string.Join(", ", columns)}");
    }
}
