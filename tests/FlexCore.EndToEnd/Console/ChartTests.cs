using System.Text.Json;
using FlexCore.Client;
using FlexCore.Server.Console.Charts;
using FlexCore.Server.Documents;

namespace FlexCore.EndToEnd.Console;

/// <summary>Where charts put what they draw.</summary>
public sealed class ChartTests
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Gantt_gives_each_attempt_its_part_of_the_time()
    {
        var gantt = Gantt.Of(
            [Event(0, "PipelineStarted"), Event(0, "StepStarted", "load", 1), Event(10, "StepFailed", "load", 1), Event(20, "StepStarted", "load", 2), Event(40, "StepSucceeded", "load", 2), Event(40, "PipelineCompleted")], Begin.AddHours(1));

        var bars = gantt.Rows["load"];
        bars.Select(bar => (bar.X, bar.Width, bar.Status)).ShouldBe([(0, 25, "failed"), (50, 50, "succeeded")]);
        bars[1].Title.ShouldBe("attempt 2: succeeded, 20.0 s");
        gantt.Ticks.Select(tick => tick.Label).ShouldBe(["0", "10.0 s", "20.0 s", "30.0 s"]);
    }

    [Fact]
    public void Gantt_goes_up_to_now_while_a_step_runs_and_says_what_was_lost_with_a_node()
    {
        var gantt = Gantt.Of([Event(0, "PipelineStarted"), Event(0, "StepStarted", "load", 1), Event(50, "RunResumed"), Event(50, "StepStarted", "load", 1)], Begin.AddSeconds(100));

        gantt.Rows["load"].Select(bar => (bar.X, bar.Width, bar.Status)).ShouldBe([(0, 50, "interrupted"), (50, 50, "running")]);
    }

    [Fact]
    public void Gantt_keeps_what_is_short_in_sight_and_within_the_chart()
    {
        var gantt = Gantt.Of([Event(0, "PipelineStarted"), Event(1000, "StepStarted", "end", 1), Event(1000, "StepSucceeded", "end", 1), Event(1000, "PipelineCompleted")], Begin);

        var bar = gantt.Rows["end"].ShouldHaveSingleItem();
        bar.Width.ShouldBe(Gantt.LeastWidth);
        (bar.X + bar.Width).ShouldBe(100, tolerance: 0.01);
        Gantt.Of([], Begin).Rows.ShouldBeEmpty();
    }

    [Fact]
    public void Graph_puts_each_step_behind_all_that_it_needs()
    {
        var graph = StepGraph.Of([Step("a"), Step("b", "a"), Step("c", "a"), Step("d", "b", "c"), Step("e", "a", "d", "gone")]);

        var columns = graph.Boxes.ToDictionary(box => box.Step.Id, box => box.X);
        (columns["a"] < columns["b"], columns["b"] == columns["c"], columns["c"] < columns["d"], columns["d"] < columns["e"]).ShouldBe((true, true, true, true));
        graph.Boxes.Select(box => (box.X, box.Y)).ShouldBeUnique();
        graph.Arrows.Count.ShouldBe(6, "what is not there is passed over");
        StepGraph.Of([Step("a", "b"), Step("b", "a")]).Boxes.Count.ShouldBe(2, "a circle ends all the same");
        StepGraph.Of([]).Width.ShouldBe(0);
    }

    [Fact]
    public void Sparkline_is_as_high_as_its_highest_number()
    {
        var line = Sparkline.Of([0, 5, 10, 0]);

        line.Most.ShouldBe(10);
        line.Path.ShouldBe("M25 24v-12h18.75V24zM50 24v-24h18.75V24z");
        Sparkline.Of([0, 0]).Path.ShouldBe("");
        Sparkline.Of([]).Path.ShouldBe("");
    }

    [Theory]
    [InlineData("* * * * *", "every minute")]
    [InlineData("*/15 * * * *", "every 15 minutes")]
    [InlineData("0 * * * *", "every hour")]
    [InlineData("5 * * * *", "every hour at :05")]
    [InlineData("@daily", "every day at 00:00")]
    [InlineData("30 6 * * *", "every day at 06:30")]
    [InlineData("0 6,18 * * *", "every day at 06:00 and 18:00")]
    [InlineData("0 */4 * * *", "every 4 hours at :00")]
    [InlineData("0 6 * * 1-5", "at 06:00 on Monday to Friday")]
    [InlineData("0 6 * * sat,sun", "at 06:00 on Saturday and Sunday")]
    [InlineData("0 0 1 * *", "at 00:00 on day 1 of the month")]
    [InlineData("0 0 1 1 *", "at 00:00 on day 1 of the month in January")]
    [InlineData("0 0 13 * 5", "at 00:00 on day 13 of the month or on Friday")]
    [InlineData("0 9 */2 * 1", "at 09:00 on every second day of the month and on Monday")]
    [InlineData("*/5 9-17 * * mon-fri", "every 5 minutes of the hours 9-17 on Monday to Friday")]
    [InlineData("nonsense", "nonsense")]
    public void Schedule_is_told_in_words(string cron, string words) => ScheduleWords.Of(cron).ShouldBe(words);

    [Theory]
    [InlineData("""{"http":{"url":"https://api.example.com/orders"}}""", "http GET https://api.example.com/orders")]
    [InlineData("""{"http":{"url":"https://api.example.com/orders","method":"POST"}}""", "http POST https://api.example.com/orders")]
    [InlineData("""{"json":{"file":"./in.jsonl"}}""", "json ./in.jsonl")]
    [InlineData("""{"json":{"input":{"a":1}}}""", "json")]
    [InlineData("""{"sql":{"sqlite":"./shop.db"}}""", "sql ./shop.db")]
    [InlineData("""{"sql":{"postgres":{"host":"db"}}}""", "sql on PostgreSQL")]
    public void Step_inside_the_runtime_is_told_by_its_kind(string step, string what) => DefinedStep.Read(JsonElement.Parse($$"""{"steps":[{{step}}]}""")).ShouldHaveSingleItem().What.ShouldBe(what);

    private static DefinedStep Step(string id, params string[] needs) => new(id, "noop", needs, DefinedStep.Success);

    private static StoredEvent Event(int second, string type, string step = "", int attempt = 0) => new(
        second + 1, "run-x", second + 1, Guid.Empty, type, Begin.AddSeconds(second), JsonSerializer.SerializeToElement(new { step, attempt }), default);
}
