using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Catalog;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>The connections of the catalog that a pipeline refers to, as they are while it is read.</summary>
/// <param name="documents">What each of those says that are there.</param>
internal sealed class KnownConnections(IReadOnlyDictionary<string, JsonObject> documents)
{
    /// <summary>Gets those that texts of a pipeline file name.</summary>
    /// <param name="root">The file.</param>
    /// <param name="find">An entry of the catalog, by kind and name; null where there is none.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static async Task<KnownConnections> ReadAsync(YamlValue root, Func<string, string, CancellationToken, ValueTask<CatalogEntry?>> find, CancellationToken cancellationToken)
    {
        var documents = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var name in TextsIn(root).SelectMany(References.ConnectionsIn).Where(Names.IsValid).Distinct(StringComparer.Ordinal))
        {
            if (await find(CatalogRules.Connection, name, cancellationToken) is { } entry) documents.Add(name, JsonObject.Create(entry.Document)!);
        }

        return new KnownConnections(documents);
    }

    /// <summary>The value of a field, which may be null.</summary>
    /// <param name="path">The connection, and the field: of one within others, theirs before it, with dots between them.</param>
    /// <param name="at">Where it is referred to.</param>
    /// <param name="error">Why there is none; null where there is one.</param>
    public JsonNode? Find(string path, SourceLocation at, out Error? error)
    {
        var parts = path.Split('.');
        error = null;
        if (!documents.TryGetValue(parts[0], out var document))
        {
            error = new Error(ErrorCodes.UnknownReference, $"there is no connection '{Printable.Escape(parts[0])}' in the catalog", at, "See `flexcore catalog list connection`, and write it with `flexcore catalog put connection NAME FILE`.");
            return null;
        }

        JsonNode? value = document;
        foreach (var field in parts.Skip(1).DefaultIfEmpty(""))
        {
            if (value is JsonObject fields && fields.TryGetPropertyValue(field, out value)) continue;
            error = new Error(ErrorCodes.UnknownReference, $"'${{connection.{Printable.Escape(path)}}}' names no field; connection {parts[0]} has {string.Join(", ", document.Select(member => member.Key).DefaultIfEmpty("none"))}", at);
            return null;
        }

        return value;
    }

    private static IEnumerable<string> TextsIn(YamlValue value) => value switch
    {
        YamlScalar scalar => [scalar.Text],
        YamlList list => list.Items.SelectMany(TextsIn),
        YamlMap map => map.Entries.SelectMany(entry => TextsIn(entry.Value)),
        _ => [],
    };
}
