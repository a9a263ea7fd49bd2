using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using Npgsql;
using Quartz;

namespace FlexCore.Infrastructure.Scheduling;

/// <summary>
/// Alarms by Quartz.NET. Clustered in the database of the log where that is PostgreSQL: there one node rings, and another one in its place when it dies. Else in memory, for this process.
/// </summary>
internal sealed class QuartzAlarms : IAlarms
{
    private const string RingKey = "ring";

    /// <summary>So often the store is looked at for alarms that another node has set, and that it did not live to ring.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(5);

    private const string Group = "flexcore";

    private readonly StandaloneSchedulerFactory _factory;
    private IScheduler? _scheduler;

    private QuartzAlarms(Action<IQuartzBuilder> store, TimeProvider time)
    {
        _factory = QuartzSchedulerBuilder.Create(quartz =>
        {
            quartz.UseTimeProvider(time);
            quartz.ConfigureScheduler(scheduler => scheduler.IdleWaitTime = LongestSleep);
            store(quartz);
        }).Build();
    }

    /// <summary>For the nodes on one PostgreSQL.</summary>
    /// <param name="connection">How it is reached.</param>
    /// <param name="schema">Where the tables of the log are; Quartz's are beside them.</param>
    /// <param name="time">The clock.</param>
    public static QuartzAlarms Clustered(string connection, string schema, TimeProvider time)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection) { SearchPath = schema, ApplicationName = "flexcore-alarms", IncludeErrorDetail = false };
        return new QuartzAlarms(
            quartz => quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(NpgsqlFactory.Instance, settings.ConnectionString);
                store.ProvisionSchema();
                store.UseClustering(cluster =>
                {
                    cluster.CheckinInterval = TimeSpan.FromSeconds(2);
                    cluster.CheckinMisfireThreshold = TimeSpan.FromSeconds(4);
                });
            }),
            time);
    }

    /// <summary>For this process alone.</summary>
    public static QuartzAlarms InMemory(TimeProvider time) => new(quartz => quartz.UseInMemoryStore(), time);

    public ValueTask StartAsync(Func<string, CancellationToken, Task<DateTimeOffset?>> ring, CancellationToken cancellationToken) => Translate(async () =>
    {
        _scheduler = await _factory.GetScheduler(cancellationToken);
        _scheduler.Context[RingKey] = (Func<string, CancellationToken, Task>)(async (name, token) => await SetAsync(name, await ring(name, token), token));
        await _scheduler.Start(cancellationToken);
    });

    public ValueTask SetAsync(string name, DateTimeOffset? at, CancellationToken cancellationToken) => Translate(async () =>
    {
        var key = new TriggerKey(name, Group);
        if (at is null)
        {
            await _scheduler!.UnscheduleJob(key, cancellationToken);
            return;
        }

        // All nodes set the same alarms: the first one did.
        if (await _scheduler!.GetTrigger(key, cancellationToken) is { } known && known.NextFireTimeUtc == at) return;
        await _scheduler.ScheduleJob(
            JobBuilder.Create<RingJob>().WithIdentity(name, Group).RequestRecovery().Build(), TriggerBuilder.Create().WithIdentity(key).StartAt(at.Value).Build(), new ScheduleJobOptions { Replace = true }, cancellationToken);
    });

    public async ValueTask DisposeAsync()
    {
        if (_scheduler is not null) await _scheduler.Shutdown(waitForJobsToComplete: true);
        await _factory.DisposeAsync();
    }

    private static async ValueTask Translate(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is SchedulerException or NpgsqlException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.StoreUnavailable, $"the alarms of schedules cannot be set: {e.Message}"), e);
        }
    }

    /// <summary>What Quartz starts at the time of an alarm; for one name never twice at once, on whatever node.</summary>
    [DisallowConcurrentExecution]
    internal sealed class RingJob : IJob
    {
        public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
        {
            await ((Func<string, CancellationToken, Task>)context.Scheduler.Context[RingKey]!)(context.JobDetail.Key.Name, cancellationToken);
        }
    }
}
