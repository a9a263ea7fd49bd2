using FlexCore.Domain.Errors;

namespace FlexCore.Application.Settings;

/// <summary>Where files are kept: logs of runs that have ended, and their artifacts.</summary>
public enum FilesKind
{
    /// <summary>In a folder of this machine.</summary>
    Local,

    /// <summary>In S3.</summary>
    S3,

    /// <summary>In Azure's blob storage.</summary>
    AzureBlob,
}

/// <summary>Where the files of a project are kept. What is secret among these settings belongs into variables of the environment.</summary>
/// <param name="Kind">What keeps them.</param>
/// <param name="Path">The folder, of <c>local</c>; null leaves it to one in the data directory.</param>
/// <param name="Container">The bucket of S3, or the container of Azure.</param>
/// <param name="Folder">What stands before all names there; empty or ending with <c>/</c>.</param>
public sealed record FileSettings(FilesKind Kind, string? Path, string Container, string Folder)
{
    /// <summary>The section: its kind may be written as its value.</summary>
    public const string Section = "files";

    private const string KindKey = Section + ".kind";
    private const string PathKey = Section + ".path";
    private const string ContainerKey = Section + ".container";
    private const string FolderKey = Section + ".folder";
    private const string RegionKey = Section + ".region";
    private const string EndpointKey = Section + ".endpoint";
    private const string AccountKey = Section + ".account";
    private const string KeyKey = Section + ".key";

    private const int LongestFolder = 60;

    /// <summary>The region of S3; empty where there is an endpoint.</summary>
    public string Region { get; init; } = "";

    /// <summary>Where the service is, where that is not its own address.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>The id of the access key of S3, empty for what the machine gives; the storage account of Azure.</summary>
    public string Account { get; init; } = "";

    /// <summary>The secret of the access key, or the key of the account.</summary>
    public string Key { get; init; } = "";

    /// <summary>What holds where nothing was set.</summary>
    public static FileSettings Usual { get; } = new(FilesKind.Local, Path: null, "", "");

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    /// <param name="environment">The environment that they hold in; null for none. One that has no place for itself has one of its own in the usual one, for what is old is deleted there.</param>
    public static FileSettings Read(IReadOnlyList<Setting> settings, string? environment)
    {
        var (path, container, folder) = (settings.Find(PathKey), settings.Find(ContainerKey), settings.Find(FolderKey));
        var isOwn = environment is null || folder is { IsOfEnvironment: true } || container is { IsOfEnvironment: true };
        return new FileSettings(
            KindIn(settings),
            path is null or { IsOfEnvironment: true } || environment is null ? path?.Value : System.IO.Path.Combine(path.Value, environment),
            container?.Value ?? "",
            (folder is null ? "" : $"{folder.Value.TrimEnd('/')}/") + (isOwn ? "" : $"{environment}/"))
        { Region = settings.Find(RegionKey)?.Value ?? "", Endpoint = settings.Find(EndpointKey)?.Value ?? "", Account = settings.Find(AccountKey)?.Value ?? "", Key = settings.Find(KeyKey)?.Value ?? "" };
    }

    /// <summary>What is needed beside what was set.</summary>
    /// <param name="settings">Settings that were not refused.</param>
    public static IEnumerable<Error> FindMissing(IReadOnlyList<Setting> settings)
    {
        var kind = KindIn(settings);
        if (kind == FilesKind.Local) yield break;
        var where = kind == FilesKind.S3 ? "S3" : "Azure's blob storage";
        if (settings.Find(ContainerKey) is null) yield return Missing(ContainerKey, $"files are kept in {where}", "the bucket of S3, or the container of Azure");
        if (kind == FilesKind.S3 && settings.Find(RegionKey) is null && settings.Find(EndpointKey) is null) yield return Missing(RegionKey, $"files are kept in {where}", "the region of the bucket, as eu-central-1");
        if (kind == FilesKind.AzureBlob && settings.Find(AccountKey) is null) yield return Missing(AccountKey, $"files are kept in {where}", "the name of the storage account");
        if (settings.Find(KeyKey) is null && (kind == FilesKind.AzureBlob || settings.Find(AccountKey) is not null)) yield return Missing(KeyKey, $"files are kept in {where}", "the key, in FLEXCORE__FILES__KEY");
        if (settings.Find(KeyKey) is not null && settings.Find(AccountKey) is null && kind == FilesKind.S3) yield return Missing(AccountKey, "there is a key", "the id of the access key");
    }

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        Section or KindKey => ReadKind(setting.Value) is null ? Invalid(setting, "must be one of: local, s3, azure-blob") : null,
        PathKey => System.IO.Path.IsPathFullyQualified(setting.Value) ? null : Invalid(setting, "must be the absolute path of a folder"),
        ContainerKey => setting.Value.Length is >= 3 and <= 63 && setting.Value.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.') ? null : Invalid(setting, "must be 3 to 63 lower-case letters, digits, '-' and '.'"),
        FolderKey => setting.Value.Length <= LongestFolder && setting.Value.TrimEnd('/').Split('/').All(IsSegment) ? null : Invalid(setting, $"must be names of letters, digits, '-' and '_' with '/' between them, {LongestFolder} characters at most"),
        EndpointKey => Uri.TryCreate(setting.Value, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" ? null : Invalid(setting, "must be an address that begins with https:// or http://"),
        AccountKey => setting.Value.Length > 0 && setting.Value.All(char.IsAsciiLetterOrDigit) ? null : Invalid(setting, "must be letters and digits"),
        RegionKey or KeyKey => null,
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {Section}, {KindKey}, {PathKey}, {ContainerKey}, {FolderKey}, {RegionKey}, {EndpointKey}, {AccountKey}, {KeyKey}", setting.At),
    };

    private static bool IsSegment(string segment) => segment.Length > 0 && segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static FilesKind KindIn(IReadOnlyList<Setting> settings) => settings.LastOrDefault(setting => setting.Key is Section or KindKey) is { } kind ? ReadKind(kind.Value)!.Value : FilesKind.Local;

    private static FilesKind? ReadKind(string text) => text.ToLowerInvariant() switch
    {
        "local" => FilesKind.Local,
        "s3" => FilesKind.S3,
        "azure-blob" => FilesKind.AzureBlob,
        _ => null,
    };

    private static Error Missing(string key, string why, string what) => new(ErrorCodes.MissingKey, $"'{key}' is missing: {why}", SpecificRemedy: $"Set {key} to {what}.");

    private static Error Invalid(Setting setting, string what) => new(ErrorCodes.InvalidValue, $"'{setting.Name}' {what}", setting.At);
}
