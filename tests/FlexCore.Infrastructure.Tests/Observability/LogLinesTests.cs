using System.Globalization;
using System.Text.Json;
using FlexCore.Infrastructure.Observability;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Parsing;

namespace FlexCore.Infrastructure.Tests.Observability;

public sealed class LogLinesTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 22, 8, 31, 2, 719, TimeSpan.FromHours(1));

    [Fact]
    public void Entry_is_one_line_of_text_with_a_dash_for_what_is_not_known() =>
        Write(new TextLogLines(), "{Method} {Code} {DurationMs} ms, {Missing}", null, new("Method", new ScalarValue("GET")), new("Code", new ScalarValue(null)), new("DurationMs", new ScalarValue(1.5)))
            .ShouldBe("2026-11-22T07:31:02.719Z warning GET - 1.5 ms, -\n");

    [Fact]
    public void Entry_is_one_line_of_JSON_without_what_is_not_known()
    {
        var line = Write(new JsonLogLines(), "{Method} {Code}", null, new("Method", new ScalarValue("GET")), new("Code", new ScalarValue(null)), new("ResponseBytes", new ScalarValue(12L)), new("SourceContext", new ScalarValue("FlexCore.Server")));

        line.ShouldBe("""{"time":"2026-11-22T07:31:02.719Z","level":"warning","message":"GET -","category":"FlexCore.Server","method":"GET","response_bytes":12}""" + "\n");
    }

    [Fact]
    public void Text_of_others_neither_forges_an_entry_nor_steers_a_terminal()
    {
        LogEventProperty[] hostile = [new("Message", new ScalarValue("a\n2026-01-01T00:00:00.000Z info forged\u001b[2J"))];

        Write(new TextLogLines(), "{Message}", null, hostile).ShouldBe("2026-11-22T07:31:02.719Z warning a\\u000a2026-01-01T00:00:00.000Z info forged\\u001b[2J\n");
        var json = Write(new JsonLogLines(), "{Message}", null, hostile);
        json.Count(c => c == '\n').ShouldBe(1);
        JsonElement.Parse(json).GetProperty("message").GetString().ShouldBe("a\\u000a2026-01-01T00:00:00.000Z info forged\\u001b[2J");
    }

    [Fact]
    public void What_broke_is_told_with_its_place()
    {
        var text = Write(new TextLogLines(), "broken", new InvalidOperationException("no\u001b[2J"));

        text.ShouldBe("2026-11-22T07:31:02.719Z warning broken\n  System.InvalidOperationException: no\\u001b[2J\n");
        JsonElement.Parse(Write(new JsonLogLines(), "broken", new InvalidOperationException("no"))).GetProperty("exception").GetString().ShouldBe("System.InvalidOperationException: no");
    }

    private static string Write(ITextFormatter lines, string template, Exception? exception = null, params LogEventProperty[] properties)
    {
        using var written = new StringWriter(CultureInfo.InvariantCulture);
        lines.Format(new LogEvent(At, LogEventLevel.Warning, exception, new MessageTemplateParser().Parse(template), properties), written);
        return written.ToString();
    }
}
