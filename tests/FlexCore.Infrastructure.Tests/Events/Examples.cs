using System.Text.Json;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Catalog;
using FlexCore.Domain.Circuits;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Integrity;
using FlexCore.Domain.Notifications;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Scheduling;
using FlexCore.Domain.Schemas;
using FlexCore.Domain.Secrets;

namespace FlexCore.Infrastructure.Tests.Events;

/// <summary>One event of each type with every member set: what the files in tests/data/events say.</summary>
internal static class Examples
{
    private static readonly Guid Run = Guid.Parse("01980000-0000-7000-8000-000000000001");
    private static readonly Guid Earlier = Guid.Parse("01980000-0000-7000-8000-000000000002");
    private static readonly Guid Execution = Guid.Parse("01980000-0000-7000-8000-000000000003");
    private static readonly JsonElement Json = JsonElement.Parse("""{"text":"Zo\u00eb","number":12345678901234567890.50,"list":[null,true]}""");
    private static readonly Grant Grant = new(["/data/in.csv"], ["/data/out"], ["TZ"], ["api.example.com:443"], ["api_key"]);
    private static readonly PluginLimits Limits = new() { StdoutBytes = 10_737_418_240, DiskBytes = 1_073_741_824, Cpus = 0.5, Time = TimeSpan.FromHours(1), Idle = TimeSpan.FromMilliseconds(1500) };
    private static readonly ExecutionUsage Usage = new(1500, 700, 33_554_432);

    private static readonly StepTally Tally = new(
        new Dictionary<string, long>(StringComparer.Ordinal) { ["orders"] = 1000, ["people"] = 3_000_000_000 },
        4096,
        [new PluginRecord("tap-csv", Execution, PluginOutcome.OutOfMemory, 137, 700, 33_554_432, "sandbox", "c0ffee")])
    {
        Streams = new Dictionary<string, StreamTally>(StringComparer.Ordinal) { ["orders"] = new(1010, 7, 5, 2, 4000), ["people"] = new(3_000_000_000, 0, 0, 0, 96) },
    };

    private static readonly Untold Untold = new(4, DateTimeOffset.UnixEpoch.AddHours(1), DateTimeOffset.UnixEpoch.AddHours(2), 2);
    private static readonly RunRules Rules = new(2, "customer", ["gpu"], 10);
    private static readonly Triggers Triggers = new(
        [new Schedule("*/15 * * * *", "Europe/Lisbon", Overlap.Replace, Misfire.All, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero))])
    {
        Events = [new EventTrigger("StateCommitted", "customers", TriggerKind.Event)],
        Files = [new FileTrigger("./inbox/*.csv")],
        Webhook = new WebhookTrigger("shop_hook") { Set = new Dictionary<string, string>(StringComparer.Ordinal) { ["region"] = "/order/region" } },
    };

    private static readonly Dictionary<string, string> Set = new(StringComparer.Ordinal) { ["region"] = "eu" };

    public static IReadOnlyList<IDomainEvent> All { get; } =
    [
        new PipelineCreated("orders", "/work/orders.yaml", "5f70bf18", Json, Rules, Triggers),
        new PipelineRevised("orders", "/work/orders.yaml", "5f70bf19", Json, Rules, Triggers),
        new PipelineActivated(),
        new PipelinePaused("holiday"),
        new PipelineArchived(),
        new BackfillStarted(Run, "orders", Triggers.Schedules, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero), 2),
        new BackfillAdvanced(new DateTimeOffset(2026, 1, 1, 0, 15, 0, TimeSpan.Zero), Earlier),
        new BackfillPaused("holiday"),
        new BackfillResumed(),
        new BackfillCancelled("wrong range"),
        new BackfillCompleted(2976),
        new WebhookReceived("orders", "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", Run),
        new PipelineQueued(Run, "orders", 3, "5f70bf19", new RunTrigger(TriggerKind.Backfill, "2026-03-29/2026-03-30", new DateTimeOffset(2026, 3, 29, 1, 0, 0, TimeSpan.Zero)), Set, FullRefresh: true, Priority: -10, Earlier, KeepsSucceeded: true, new StepReplay("load", 1, [Earlier])),
        new PipelineStarted(Run, "orders", 3, "5f70bf19", ["load", "report"], FullRefresh: true, Earlier, IsDryRun: true, Replays: 12, new Isolation(IsolationLevel.Process, ["pid namespace"]),
            [new PluginPin("load", "tap-csv", "1.0.0", "a1b2", "c0ffee")], Set, "node-a", "prod", [new NotifyRule(Occasion.DeadLetters, "ops-mail"), new NotifyRule(Occasion.Late, "ops-chat", 1_800_000)], new RunTrigger(TriggerKind.Step, "01980000-0000-7000-8000-000000000002/load")),
        new SubRunStarted("load", Earlier, "customers"),
        new RunResumed("node-b", 2),
        new StepKept("load", Earlier, Tally, Json),
        new StepStarted("load", 2),
        new ArtifactsKept("load", 2, [new Artifact("reports/march.csv", 3000000000, "c0ffee")]),
        new StepSucceeded("load", 2, Tally, Json),
        new StepFailed("load", 1, Tally, "tap-csv", PluginOutcome.ExitCode, "FX2001", "tap-csv ended with exit code 1"),
        new StepRetryScheduled("load", 2, 1500),
        new StepSkipped("report", "load", NothingFailed: true, "not true: vars.a > 1, where vars.a is 1"),
        new PipelineCompleted(1500),
        new PipelineFailed(1500, "FX2001", "step load: tap-csv ended with exit code 1"),
        new PipelineCancelRequested("wrong day"),
        new PipelineCancelled(1500, "stopped by a signal"),
        new PipelineInterrupted("runs list"),
        new StateCommitted(Run, Json, [new TargetState("warehouse", 42, Json), new TargetState("warehouse#2", 0, null)]),
        new StateSet(Json, [new TargetState("warehouse", 42, Json)], IsForAllTargets: true, FromVersion: 3, "the file of the 3rd was corrected"),
        new StateCleared("the target was emptied"),
        new FullRefreshCompleted(Run, new Dictionary<string, long>(StringComparer.Ordinal) { ["orders"] = 3_000_000_000 }, IsSwapped: true),
        new SchemaRecorded(
            Run, "orders", "c0ffee", new SchemaShape(new SortedDictionary<string, string>(StringComparer.Ordinal) { ["id"] = "integer", ["total"] = "null|string" }, ["id"], ["id"]),
            [new SchemaChange(SchemaChangeKind.Narrowed, "total", "null|number", "null|string")]),
        new DeadLettersReplayed(Run, [Earlier, Execution]),
        new DeadLettersDiscarded([Earlier]),
        new PluginRegistered("tap-csv", "1.0.0", "tap", "a1b2", "/work/.flexcore/plugins/tap-csv", Grant with { Read = ["${config.path}"] }, new InstallRecord("c3d4", ["make"], ["pypi.org:443"], "sandbox", 1200)),
        new PluginCapabilityGranted("orders", "load", Grant, "pipeline"),
        new PluginCapabilityRevoked(Grant),
        new PluginDisabled("it leaks"),
        new PluginEnabled(),
        new PluginRemoved("1.0.0"),
        new PluginRefused("tap-csv", "orders", ["user-namespaces", "seccomp"]),
        new PluginExecutionStarted("tap-csv", "1.0.0", "a1b2", Run, "load", 1, "sandbox", "cgroup", 200_001, Grant, Limits, "c0ffee"),
        new PluginExecutionCompleted(0, PluginOutcome.Succeeded, Usage),
        new PluginExecutionFailed(PluginOutcome.Signal, 1, 9, "tap-csv was ended by signal 9", Usage),
        new PluginLimitHit("memory", 536_870_912),
        new PluginConnected("api.example.com:443", ConnectionOutcome.AddressRefused, "10.0.0.1", 3_000_000_000, 4096, new DateTimeOffset(2026, 11, 21, 5, 43, 0, TimeSpan.Zero), 1500, 12),
        new CircuitOpened("shop.example.com:443", 5, 30_000, Run, "load"),
        new CircuitClosed("shop.example.com:443", Run, "load"),
        new IsolationProbed("sandbox", "rlimit", ["cgroup"], "Linux 6.12.0, uid 1000"),
        new EventsArchived(1, 100_000, "events-000000000001-000000100000-1f2e3d4c.db"),
        new AccessDenied("zoe", "CancelRun", Permission.Operate),
        new TokenCreated(Guid.Parse("0198a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"), "ci", Role.Operator, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", new DateTimeOffset(2027, 1, 31, 12, 0, 0, TimeSpan.Zero), ["orders", "shop-*"]),
        new TokenRevoked(Guid.Parse("0198a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")),
        new TokenRefused("192.0.2.7", "it has expired", 12),
        new SessionOpened(Guid.Parse("0198a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"), new DateTimeOffset(2026, 11, 22, 20, 0, 0, TimeSpan.Zero), "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"),
        new UserSessionOpened("oidc:alice", Role.Operator, new DateTimeOffset(2026, 11, 22, 20, 0, 0, TimeSpan.Zero), "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"),
        new SessionClosed(),
        new RequestReceived("2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"),
        new RequestAnswered(202, "application/json", "[]"),
        new CatalogChanged("connection", "shop", "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210", Json, IsFound: true),
        new SecretSet("api_key"),
        new SecretDeleted("api_key"),
        new SecretMounted("api_key", "/run/secrets/api_key"),
        new NotificationDeferred(Run, Untold),
        new NotificationStarted(Run, Untold),
        new NotificationDelivered(Run, 3, Untold),
        new NotificationFailed(Run, "channel ops-chat: it answered 404 (NotFound)", GivenUp: true, Untold),
        new SigningKeyAdded("1f2e3d4c", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"),
    ];

    public static IDomainEvent Of(Type type) => All.Single(example => example.GetType() == type);
}
