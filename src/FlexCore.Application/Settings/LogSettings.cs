using System.Globalization;
using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Settings;

/// <summary>How a server writes its log.</summary>
public enum LogFormat
{
    /// <summary>A line of text for each entry.</summary>
    Text,

    /// <summary>A JSON object for each, in a line.</summary>
    Json,
}

/// <summary>What is loud enough for the log.</summary>
public enum LogSeverity
{
    /// <summary>Also what only helps to find mistakes.</summary>
    Debug,

    /// <summary>All that happens.</summary>
    Information,

    /// <summary>What one should know.</summary>
    Warning,

    /// <summary>What is to be repaired.</summary>
    Error,
}

/// <summary>A file that a server writes its log into, too. When it is full, or a day is over, it goes on with the next one.</summary>
/// <param name="Path">Where; the date, and a number for more than one a day, come before its extension.</param>
/// <param name="Bytes">When it is full.</param>
/// <param name="Kept">How many stay; older ones are removed.</param>
public sealed record RollingFile(string Path, long Bytes, int Kept);

/// <summary>The log of a server.</summary>
/// <param name="Format">How it is written.</param>
/// <param name="Level">From where on.</param>
/// <param name="Slow">What takes longer is warned of.</param>
/// <param name="File">Beside standard error; null for none.</param>
public sealed record LogSettings(LogFormat Format, LogSeverity Level, TimeSpan Slow, RollingFile? File = null)
{
    /// <summary>The section of these settings.</summary>
    public const string Section = "log";

    private const string FormatKey = Section + ".format";
    private const string LevelKey = Section + ".level";
    private const string SlowKey = Section + ".slow";
    private const string FileKey = Section + ".file";
    private const string FileSizeKey = Section + ".file_size";
    private const string FilesKey = Section + ".files";

    private const long UsualFileBytes = 16 << 20;
    private const long LeastFileBytes = 64 << 10;
    private const int UsualFiles = 10;
    private const int MostFiles = 1000;

    /// <summary>What holds where nothing was set.</summary>
    public static LogSettings Usual { get; } = new(LogFormat.Text, LogSeverity.Information, TimeSpan.FromSeconds(1));

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    public static LogSettings Read(IReadOnlyList<Setting> settings) => new(
        settings.Find(FormatKey) is { } format ? Named<LogFormat>(format)!.Value : Usual.Format,
        settings.Find(LevelKey) is { } level ? Named<LogSeverity>(level)!.Value : Usual.Level,
        settings.Find(SlowKey) is { } slow ? Units.Duration(slow.Value)!.Value : Usual.Slow,
        settings.Find(FileKey) is not { } file ? null : new RollingFile(
            file.Value,
            settings.Find(FileSizeKey) is { } size ? Units.Size(size.Value)!.Value : UsualFileBytes,
            settings.Find(FilesKey) is { } files ? Number(files)!.Value : UsualFiles));

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        FormatKey => Named<LogFormat>(setting) is not null ? null : Invalid(setting, "must be one of: text, json"),
        LevelKey => Named<LogSeverity>(setting) is not null ? null : Invalid(setting, "must be one of: debug, information, warning, error"),
        SlowKey => Units.Duration(setting.Value) is not null ? null : Invalid(setting, $"must be {Units.DurationRule}"),
        FileKey => Path.IsPathFullyQualified(setting.Value) ? null : Invalid(setting, "must be the absolute path of a file"),
        FileSizeKey => Units.Size(setting.Value) is >= LeastFileBytes ? null : Invalid(setting, $"must be {Units.SizeRule}, and at least 64KiB"),
        FilesKey => Number(setting) is >= 1 and <= MostFiles ? null : Invalid(setting, $"must be a whole number from 1 to {MostFiles}"),
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {FormatKey}, {LevelKey}, {SlowKey}, {FileKey}, {FileSizeKey}, {FilesKey}", setting.At),
    };

    private static Error Invalid(Setting setting, string what) => new(ErrorCodes.InvalidValue, $"'{setting.Name}' {what}", setting.At);

    private static int? Number(Setting setting) => int.TryParse(setting.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static T? Named<T>(Setting setting)
        where T : struct, Enum =>
        Enum.GetValues<T>().Where(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()) == setting.Value).Cast<T?>().FirstOrDefault();
}
