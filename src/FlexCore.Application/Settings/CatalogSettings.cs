using FlexCore.Domain.Errors;

namespace FlexCore.Application.Settings;

/// <summary>Where the catalog is kept.</summary>
public enum CatalogKind
{
    /// <summary>In the database of the events.</summary>
    Sql,

    /// <summary>In one file.</summary>
    JsonFile,

    /// <summary>In a folder, each entry in a file of its own.</summary>
    JsonFolder,

    /// <summary>In DynamoDB.</summary>
    DynamoDb,
}

/// <summary>Where the catalog of a project is kept.</summary>
/// <param name="Kind">What keeps it.</param>
/// <param name="Path">The file or the folder; null leaves it to one in the data directory.</param>
/// <param name="Table">The table of DynamoDB.</param>
/// <param name="Region">The region of DynamoDB; empty where there is an endpoint.</param>
/// <param name="Endpoint">Where DynamoDB is, where that is not the region's own address.</param>
public sealed record CatalogSettings(CatalogKind Kind, string? Path, string Table, string Region, string Endpoint)
{
    /// <summary>The section: its kind may be written as its value.</summary>
    public const string Section = "catalog";

    private const string KindKey = Section + ".kind";
    private const string PathKey = Section + ".path";
    private const string TableKey = Section + ".table";
    private const string RegionKey = Section + ".region";
    private const string EndpointKey = Section + ".endpoint";

    /// <summary>What holds where nothing was set.</summary>
    public static CatalogSettings Usual { get; } = new(CatalogKind.Sql, Path: null, "flexcore-catalog", "", "");

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    /// <param name="environment">The environment that they hold in; null for none. One that has no place for itself has one of its own beside the usual one, as with its events.</param>
    public static CatalogSettings Read(IReadOnlyList<Setting> settings, string? environment)
    {
        var (kind, path, table) = (KindIn(settings), settings.Find(PathKey), settings.Find(TableKey));
        return new CatalogSettings(
            kind,
            path is null or { IsOfEnvironment: true } || environment is null ? path?.Value
            : kind == CatalogKind.JsonFile ? System.IO.Path.ChangeExtension(path.Value, environment + System.IO.Path.GetExtension(path.Value))
            : System.IO.Path.Combine(path.Value, environment),
            table is { IsOfEnvironment: true } || environment is null ? table?.Value ?? Usual.Table : $"{table?.Value ?? Usual.Table}-{environment}",
            settings.Find(RegionKey)?.Value ?? "",
            settings.Find(EndpointKey)?.Value ?? "");
    }

    /// <summary>A place as a command line names it: the kind, and behind a colon the path or the table.</summary>
    /// <param name="text">As <c>json-folder:/srv/catalog</c>.</param>
    /// <returns>The place, elsewhere as these settings say; null where it is none.</returns>
    public CatalogSettings? At(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (kind, place) = colon < 0 ? (ReadKind(text), null) : (ReadKind(text[..colon]), text[(colon + 1)..]);
        return (kind, place) switch
        {
            (null, _) or (_, "") or (CatalogKind.Sql, not null) => null,
            (CatalogKind.DynamoDb, _) => this with { Kind = CatalogKind.DynamoDb, Table = place ?? Table },
            _ => this with { Kind = kind.Value, Path = place is null ? (kind == Kind ? Path : null) : System.IO.Path.GetFullPath(place) },
        };
    }

    /// <summary>What is needed beside what was set.</summary>
    /// <param name="settings">Settings that were not refused.</param>
    public static IEnumerable<Error> FindMissing(IReadOnlyList<Setting> settings)
    {
        if (KindIn(settings) == CatalogKind.DynamoDb && settings.Find(RegionKey) is null && settings.Find(EndpointKey) is null)
            yield return new Error(ErrorCodes.MissingKey, $"'{RegionKey}' is missing: the catalog is in DynamoDB", SpecificRemedy: $"Set {RegionKey} to the region of the table, as eu-central-1.");
    }

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        Section or KindKey => ReadKind(setting.Value) is null ? Invalid(setting, "must be one of: sql, json-file, json-folder, dynamodb") : null,
        PathKey => System.IO.Path.IsPathFullyQualified(setting.Value) ? null : Invalid(setting, "must be the absolute path of the file or the folder"),
        TableKey => setting.Value.Length is >= 3 and <= 255 && setting.Value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? null : Invalid(setting, "must be 3 to 255 letters, digits, '-', '_' and '.'"),
        RegionKey => null,
        EndpointKey => Uri.TryCreate(setting.Value, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" ? null : Invalid(setting, "must be an address that begins with https:// or http://"),
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {Section}, {KindKey}, {PathKey}, {TableKey}, {RegionKey}, {EndpointKey}", setting.At),
    };

    private static CatalogKind KindIn(IReadOnlyList<Setting> settings) => settings.LastOrDefault(setting => setting.Key is Section or KindKey) is { } kind ? ReadKind(kind.Value)!.Value : CatalogKind.Sql;

    private static CatalogKind? ReadKind(string text) => text.ToLowerInvariant() switch
    {
        "sql" => CatalogKind.Sql,
        "json-file" => CatalogKind.JsonFile,
        "json-folder" => CatalogKind.JsonFolder,
        "dynamodb" => CatalogKind.DynamoDb,
        _ => null,
    };

    private static Error Invalid(Setting setting, string what) => new(ErrorCodes.InvalidValue, $"'{setting.Name}' {what}", setting.At);
}
