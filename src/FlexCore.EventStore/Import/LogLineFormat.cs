using System.Globalization;
using System.Text.Json;

namespace FlexCore.EventStore.Import;

/// <summary>How an event stands in a line.</summary>
internal static class LogLineFormat
{
    public const string Position = "position";
    public const string Stream = "stream";
    public const string Version = "version";
    public const string Id = "id";
    public const string Type = "type";
    public const string At = "at";
    public const string Data = "data";
    public const string Metadata = "metadata";
    public const string Hash = "hash";

    /// <summary>Behind the name of a content that does not stand there as JSON.</summary>
    public const string Base64 = "_base64";

    /// <summary>RFC 3339, in UTC, to the microsecond: what a store keeps of a time.</summary>
    public const string Time = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    /// <summary>How deep a content may nest that stands in the line as JSON.</summary>
    public const int MaxDepth = 64;

    /// <summary>Writes what an event has beside its contents and its hash.</summary>
    public static void WritePlace(Utf8JsonWriter json, RecordedEvent recorded)
    {
        json.WriteNumber(Position, recorded.Position);
        json.WriteString(Stream, recorded.StreamId);
        json.WriteNumber(Version, recorded.Version);
        json.WriteString(Id, recorded.Id);
        json.WriteString(Type, recorded.Type);
        json.WriteString(At, recorded.RecordedAt.UtcDateTime.ToString(Time, CultureInfo.InvariantCulture));
    }
}
