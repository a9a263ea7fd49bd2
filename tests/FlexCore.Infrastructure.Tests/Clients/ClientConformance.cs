using System.Diagnostics;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.Health;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FlexCore.Infrastructure.Tests.Clients;

/// <summary>What every client does alike, whatever the system.</summary>
public abstract class ClientConformance<TClient>
    where TClient : SystemClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>As in <c>FlexCore:Redis</c>.</summary>
    protected abstract string Section { get; }

    /// <summary>The metric of this system, beside OpenTelemetry's.</summary>
    protected abstract string Metric { get; }

    /// <summary>Of OpenTelemetry.</summary>
    protected virtual string CommonMetric => "db.client.operation.duration";

    /// <summary>Where its spans come from.</summary>
    protected virtual string SpanSource => "FlexCore.Clients";

    /// <summary>The options with which what is asked goes well, against a server that runs.</summary>
    protected abstract Dictionary<string, string?> Reachable { get; }

    /// <summary>The options for a server that is not there.</summary>
    protected abstract Dictionary<string, string?> Unreachable { get; }

    /// <summary>Why there is no server, and how one is named; null where there is one.</summary>
    protected virtual string? NoServer => null;

    /// <summary>A key with a value that is wrong.</summary>
    protected abstract (string Key, string Value) Mistake { get; }

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_operation_is_traced_measured_and_logged()
    {
        RequireServer();
        await using var program = Start(Reachable);
        List<Activity> spans = [];
        using var listener = new ActivityListener { ShouldListenTo = source => source.Name == SpanSource, Sample = (ref _) => ActivitySamplingResult.AllData, ActivityStopped = spans.Add };
        ActivitySource.AddActivityListener(listener);
        using var metrics = new Measured();
        using var caller = new Activity("caller").AddBaggage("correlation_id", $"call-{Guid.NewGuid()}").Start();

        await AskAsync(program.GetRequiredService<TClient>(), Token);

        var mine = spans.Where(span => span.TraceId == caller.TraceId).ToList();
        mine.ShouldNotBeEmpty();
        mine.ShouldAllBe(span => span.Status == ActivityStatusCode.Unset);
        metrics.Names.ShouldContain(Metric);
        metrics.Names.ShouldContain(CommonMetric);
        var line = program.GetRequiredService<Lines>().Written.Last(line => line.Values.ContainsKey("Operation"));
        line.Level.ShouldBe(LogLevel.Debug);
        line.Values["Component"].ShouldBe(Section.ToLowerInvariant());
        line.Values["CorrelationId"].ShouldBe(caller.GetBaggageItem("correlation_id"));
        line.Values["DurationMs"].ShouldBeOfType<double>().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_system_that_is_not_there_is_tried_again_and_then_told_by_its_code()
    {
        await using var program = Start(new(Unreachable, StringComparer.Ordinal) { ["Retry:Attempts"] = "3", ["Retry:Delay"] = "00:00:00.01", ["Timeout"] = "00:00:20" });

        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await AskAsync(program.GetRequiredService<TClient>(), Token).WaitAsync(Patience, Token));

        failure.Error.Code.ShouldBeOneOf(ErrorCodes.SystemUnreachable, ErrorCodes.SystemTimedOut);
        failure.Error.Message.ShouldStartWith(Section.ToLowerInvariant() + ": ");
        failure.InnerException.ShouldNotBeNull();
        var log = program.GetRequiredService<Lines>().Written;
        if (failure.Error.Code == ErrorCodes.SystemUnreachable) log.Count(line => line.Values.ContainsKey("Attempt")).ShouldBe(2);
        log.ShouldContain(line => line.Level == LogLevel.Warning && Equals(line.Values.GetValueOrDefault("Error"), failure.Error.Code.Id));
    }

    [Fact]
    public async Task A_system_that_keeps_failing_is_left_alone()
    {
        await using var program = Start(new(Unreachable, StringComparer.Ordinal)
        {
            ["Retry:Attempts"] = "1", ["Timeout"] = "00:00:02", ["Breaker:MinimumThroughput"] = "2", ["Breaker:Window"] = "00:01:00", ["Breaker:Pause"] = "00:01:00",
        });
        var client = program.GetRequiredService<TClient>();
        for (var attempt = 0; attempt < 2; attempt++) await Should.ThrowAsync<FlexCoreException>(async () => await AskAsync(client, Token).WaitAsync(Patience, Token));

        (await Should.ThrowAsync<FlexCoreException>(async () => await AskAsync(client, Token))).Error.Code.ShouldBe(ErrorCodes.SystemResting);
    }

    [Fact]
    public async Task Its_health_is_looked_at_over_the_client_that_everybody_uses()
    {
        RequireServer();
        await using var program = Start(Reachable);
        var checks = program.GetServices<HealthCheck>().ShouldHaveSingleItem();
        await AskAsync(program.GetRequiredService<TClient>(), Token);
        var before = await ConnectionsAsync();

        for (var look = 0; look < 100; look++) (await checks.LookAsync(Token)).ShouldNotBeNull();

        (await ConnectionsAsync()).ShouldBeLessThanOrEqualTo(before);
    }

    [Fact]
    public async Task The_health_of_a_system_that_is_not_there_says_so_in_its_time()
    {
        await using var program = Start(new(Unreachable, StringComparer.Ordinal) { ["Health:Timeout"] = "00:00:01" });

        (await Should.ThrowAsync<FlexCoreException>(async () => await program.GetRequiredService<TClient>().CheckHealthAsync(Token).AsTask().WaitAsync(Patience, Token)))
            .Error.Code.ShouldBeOneOf(ErrorCodes.SystemUnreachable, ErrorCodes.SystemTimedOut);
    }

    [Fact]
    public async Task Options_that_are_wrong_are_told_all_at_once_with_their_paths()
    {
        await using var program = Start(new(Reachable, StringComparer.Ordinal)
        {
            [Mistake.Key] = Mistake.Value, ["Timeout"] = "soon", ["Retry:Attempts"] = "0", ["Breaker:FailureRatio"] = "2", ["Colour"] = "blue", ["Health:Colour"] = "red",
        });

        var told = Should.Throw<OptionsValidationException>(() => program.GetRequiredService<TClient>()).Failures.ToList();

        string[] paths = [Mistake.Key, "Timeout", "Retry:Attempts", "Breaker:FailureRatio", "Colour", "Health:Colour"];
        foreach (var path in paths) told.ShouldContain(failure => failure.StartsWith($"FlexCore:{Section}:{path}: "), path);
        told.Count.ShouldBe(paths.Length);
    }

    [Fact]
    public async Task A_named_instance_has_options_of_its_own_and_is_one_for_all_who_ask()
    {
        RequireServer();
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (key, value) in Unreachable) settings[$"FlexCore:{Section}:{key}"] = value;
        foreach (var (key, value) in Reachable) settings[$"FlexCore:{Section}:other:{key}"] = value;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var services = new ServiceCollection();
        Add(services, configuration, name: null);
        Add(services, configuration, "other");
        await using var program = services.BuildServiceProvider();

        var other = program.GetRequiredKeyedService<TClient>("other");

        await AskAsync(other, Token);
        other.Name.ShouldBe($"{Section.ToLowerInvariant()}-other");
        program.GetRequiredKeyedService<TClient>("other").ShouldBeSameAs(other);
        program.GetRequiredService<TClient>().ShouldNotBeSameAs(other);
    }

    [Fact]
    public async Task Whoever_asks_can_stop_waiting()
    {
        await using var program = Start(Unreachable);
        using var gaveUp = new CancellationTokenSource();
        await gaveUp.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () => await AskAsync(program.GetRequiredService<TClient>(), gaveUp.Token).WaitAsync(Patience, Token));
    }

    [Fact]
    public async Task A_client_that_was_closed_says_so()
    {
        RequireServer();
        await using var program = Start(Reachable);
        var client = program.GetRequiredService<TClient>();
        await AskAsync(client, Token);

        await client.CloseAsync(Token);
        await client.CloseAsync(Token);

        await Should.ThrowAsync<ObjectDisposedException>(async () => await AskAsync(client, Token));
    }

    /// <summary>Adds the client to a program, as its users do.</summary>
    protected abstract IServiceCollection Add(IServiceCollection services, IConfiguration configuration, string? name);

    /// <summary>Asks something that may be repeated and changes nothing.</summary>
    protected abstract Task AskAsync(TClient client, CancellationToken cancellationToken);

    /// <summary>How many connections the server has.</summary>
    protected abstract Task<int> ConnectionsAsync();

    protected ServiceProvider Start(Dictionary<string, string?> options)
    {
        var settings = options.Select(pair => KeyValuePair.Create($"FlexCore:{Section}:{pair.Key}", pair.Value));
        var services = new ServiceCollection();
        services.AddSingleton<Lines>();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug));
        services.AddSingleton<ILoggerProvider>(provider => provider.GetRequiredService<Lines>());
        return Add(services, new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), name: null).BuildServiceProvider();
    }

    private void RequireServer() => Assert.SkipWhen(NoServer is not null, NoServer ?? "");
}
