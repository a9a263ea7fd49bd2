using System.Text.Json;
using FlexCore.Infrastructure.Health;
using FlexCore.Infrastructure.Tests.Clients;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Tests.Health;

public sealed class HealthRegistryTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lines _lines = new();
    private readonly LoggerFactory _loggers;

    public HealthRegistryTests() => _loggers = new LoggerFactory([_lines]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Checks_run_beside_each_other_and_the_worst_decides()
    {
        using var both = new Barrier(2);
        var registry = Registry(
            new HealthCheck("one", async token =>
            {
                await Task.Run(() => both.SignalAndWait(Patience, token).ShouldBeTrue(), token);
                return "there";
            }),
            new HealthCheck("two", async token =>
            {
                await Task.Run(() => both.SignalAndWait(Patience, token).ShouldBeTrue(), token);
                throw new InvalidOperationException("gone");
            })
            { Tags = HealthTags.Ready | HealthTags.Optional });

        var report = await registry.CheckAsync(Token).WaitAsync(Patience, Token);

        report.Status.ShouldBe(HealthStatus.Degraded);
        report.Checks.Select(check => (check.Name, check.Status, check.Detail)).ShouldBe([("one", HealthStatus.Healthy, "there"), ("two", HealthStatus.Degraded, null)]);
        report.Checks[1].Error.ShouldBe("InvalidOperationException: gone");
    }

    [Fact]
    public async Task Only_what_has_the_tag_is_looked_at()
    {
        var registry = Registry(
            new HealthCheck("live", _ => ValueTask.FromResult<string?>(null)) { Tags = HealthTags.Live },
            new HealthCheck("start", _ => throw new InvalidOperationException("not yet")) { Tags = HealthTags.Startup | HealthTags.Ready });

        (await registry.CheckAsync(HealthTags.Live, Token)).Checks.ShouldHaveSingleItem().Name.ShouldBe("live");
        (await registry.CheckAsync(HealthTags.Live, Token)).Status.ShouldBe(HealthStatus.Healthy);
        (await registry.CheckAsync(HealthTags.Startup, Token)).Status.ShouldBe(HealthStatus.Unhealthy);
        (await registry.CheckAsync(Token)).Checks.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Check_that_hears_nothing_ends_in_its_time_though_it_does_not_listen()
    {
        var registry = Registry(new HealthCheck("slow", async _ => await new TaskCompletionSource<string>().Task) { Timeout = TimeSpan.FromMilliseconds(50) });

        (await registry.CheckAsync(Token).WaitAsync(Patience, Token)).Checks[0].Error.ShouldBe("no answer within 0.05 s");
    }

    [Fact]
    public async Task All_who_ask_meanwhile_get_what_one_look_finds()
    {
        var (looks, answer) = (0, new TaskCompletionSource<string?>());
        var registry = Registry(new HealthCheck("one", async _ =>
        {
            Interlocked.Increment(ref looks);
            return await answer.Task;
        })
        { KeptFor = TimeSpan.FromMinutes(1) });
        using var impatient = new CancellationTokenSource();

        var first = registry.CheckAsync(impatient.Token);
        var others = Enumerable.Range(0, 20).Select(_ => registry.CheckAsync(Token)).ToList();
        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        answer.SetResult("there");

        (await Task.WhenAll(others)).ShouldAllBe(report => report.Checks[0].Detail == "there");
        await registry.CheckAsync(Token);
        looks.ShouldBe(1);
    }

    [Fact]
    public async Task The_log_tells_when_something_goes_and_when_it_is_back_and_not_at_each_look()
    {
        var isThere = false;
        var registry = Registry(new HealthCheck("db", _ => isThere ? ValueTask.FromResult<string?>("there") : throw new InvalidOperationException("gone")) { KeptFor = TimeSpan.Zero });

        for (var look = 0; look < 10; look++) await registry.CheckAsync(Token);
        isThere = true;
        for (var look = 0; look < 10; look++) await registry.CheckAsync(Token);

        _lines.Written.Select(line => line.Level).ShouldBe([LogLevel.Warning, LogLevel.Information]);
    }

    [Fact]
    public async Task Report_is_one_document_and_each_check_a_metric()
    {
        using var metrics = new Measured();
        var name = $"check-{Guid.NewGuid():N}";
        var report = await Registry(new HealthCheck(name, _ => ValueTask.FromResult<string?>("there"))).CheckAsync(Token);

        var json = JsonElement.Parse(report.ToJson());
        json.GetProperty("status").GetString().ShouldBe("healthy");
        var check = json.GetProperty("checks")[0];
        check.EnumerateObject().Select(property => property.Name).ShouldBe(["name", "status", "duration_ms", "detail"]);
        metrics.Values.ShouldContain(value => value.Name == "health_check_duration_seconds" && Equals(value.Tags["check_name"], name));
    }

    public void Dispose() => _loggers.Dispose();

    private HealthRegistry Registry(params HealthCheck[] checks) => new(checks, _loggers.CreateLogger<HealthRegistry>(), TimeProvider.System);
}
