using System.Text;
using System.Text.Json;
using Serilog.Events;
using Serilog.Formatting;

namespace FlexCore.Infrastructure.Observability;

/// <summary>An entry of the log as a JSON object in a line: <c>time</c>, <c>level</c>, <c>message</c>, <c>category</c>, <c>event</c>, <c>trace_id</c>, <c>span_id</c>, <c>exception</c>, and what it is about.</summary>
internal sealed class JsonLogLines : ITextFormatter
{
    // What the framework adds that has a name of its own here, or that callers have written.
    private static readonly HashSet<string> Apart = new(StringComparer.Ordinal) { "SourceContext", "EventId", "Message", "RequestPath", "RequestId", "ConnectionId" };

    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("time", logEvent.Timestamp.UtcDateTime);
            json.WriteString("level", LogText.LevelOf(logEvent));
            json.WriteString("message", LogText.MessageOf(logEvent));
            if (Text(logEvent, "SourceContext") is { } category) json.WriteString("category", category);
            if (logEvent.Properties.GetValueOrDefault("EventId") is StructureValue id && id.Properties.FirstOrDefault(member => member.Name == "Name")?.Value is ScalarValue { Value: string name }) json.WriteString("event", name);
            if (logEvent.TraceId is { } trace) json.WriteString("trace_id", trace.ToHexString());
            if (logEvent.SpanId is { } span) json.WriteString("span_id", span.ToHexString());
            foreach (var (key, value) in logEvent.Properties)
            {
                if (Apart.Contains(key) || value is ScalarValue { Value: null }) continue;
                json.WritePropertyName(JsonNamingPolicy.SnakeCaseLower.ConvertName(key));
                Write(json, value);
            }

            if (logEvent.Exception is { } exception) json.WriteString("exception", exception.ToString());
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length));
    }

    private static string? Text(LogEvent entry, string name) => entry.Properties.GetValueOrDefault(name) is ScalarValue { Value: string text } ? text : null;

    private static void Write(Utf8JsonWriter json, LogEventPropertyValue value)
    {
        switch (value)
        {
            case ScalarValue { Value: bool flag }: json.WriteBooleanValue(flag); break;
            case ScalarValue { Value: int number }: json.WriteNumberValue(number); break;
            case ScalarValue { Value: long number }: json.WriteNumberValue(number); break;
            case ScalarValue { Value: double number } when double.IsFinite(number): json.WriteNumberValue(number); break;
            case ScalarValue { Value: DateTimeOffset at }: json.WriteStringValue(at); break;
            case ScalarValue scalar: json.WriteStringValue(scalar.Value?.ToString()); break;
            default: json.WriteStringValue(value.ToString()); break;
        }
    }
}
