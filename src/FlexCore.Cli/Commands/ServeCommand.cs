using System.CommandLine;
using System.Net;
using System.Reflection;
using FlexCore.Application.Access;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Cli.Output;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure;
using FlexCore.Server;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore serve</c>.</summary>
internal static class ServeCommand
{
    private const int MostSlots = 1000;

    // After its runs have ended, or were given up, a node says so to the others.
    private static readonly TimeSpan GraceOfWorkers = TimeSpan.FromSeconds(5);

    private static readonly Option<int?> Slots = new("--slots") { Description = "How many runs at once; twice the number of CPUs where nothing is said", HelpName = "N" };
    private static readonly Option<string[]> Labels = new("--label") { Description = "What this node has that others may lack; may be given several times", HelpName = "LABEL" };
    private static readonly Option<string?> Name = new("--name") { Description = "What people call this node; the machine's name where nothing is said", HelpName = "NAME" };
    private static readonly Option<string> Drain = new("--drain") { Description = "How long runs may go on after a wish to stop, before other nodes take them over", HelpName = "TIME", DefaultValueFactory = _ => "30s" };

    private static readonly Option<string?> Config = new("--config") { Description = "The file of the project's settings; its folder is the project (default: the flexcore.yaml around the current folder)", HelpName = "FILE" };
    private static readonly Option<string?> Http = new("--http") { Description = "Where to serve REST and take webhooks, instead of what the settings say; off for nowhere", HelpName = "ADDRESS" };
    private static readonly Option<string?> Grpc = new("--grpc") { Description = "Where to take calls of gRPC, instead of what the settings say; off for nowhere", HelpName = "ADDRESS" };
    private static readonly Option<string?> Advertise = new("--advertise") { Description = "Where others reach what this node serves over HTTP, for those who look for it among the nodes; where it listens at one address, that one", HelpName = "URL" };
    private static readonly Option<string?> Autoscale = new("--autoscale") { Description = "How many more nodes come and go with the queue, instead of what the settings say: MIN..MAX, or off", HelpName = "MIN..MAX" };
    private static readonly Option<bool> Insecure = new("--insecure") { Description = "Listen at addresses that others can reach, though there is no TLS" };

    public static Command Create()
    {
        var command = new Command("serve", "Take runs from the queue and run them, and serve REST and gRPC, until SIGTERM. Example: flexcore serve --slots 8") { Config, Slots, Labels, Name, Drain, Http, Grpc, Advertise, Insecure, Autoscale, CommandLine.Data, CommandLine.Environment };
        command.SetAction(ServeAsync);
        return command;
    }

    private static async Task<int> ServeAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var slots = parsed.GetValue(Slots) ?? 2 * Environment.ProcessorCount;
        var labels = parsed.GetValue(Labels) ?? [];
        if (slots is < 1 or > MostSlots) throw Wrong($"--slots {slots}: it must be a number from 1 to {MostSlots}");
        if (labels.FirstOrDefault(label => !Names.IsValid(label)) is { } wrong) throw Wrong($"--label {wrong}: it must be a lower-case letter, then at most 62 of a-z, 0-9 and '-'");
        if (Domain.Plugins.Units.Duration(parsed.GetRequiredValue(Drain)) is not { } drain) throw Wrong($"--drain {parsed.GetRequiredValue(Drain)}: it must be {Domain.Plugins.Units.DurationRule}");
        var project = (parsed.GetValue(Config) is { } file ? ProjectLocation.OfSettings(file, parsed) : ProjectLocation.OfCurrentFolder(parsed)) with { Options = [.. OptionAsSetting(parsed, Http), .. OptionAsSetting(parsed, Grpc), .. OptionAsSetting(parsed, Autoscale, WorkerSettings.AutoscaleKey)] };
        var (settings, written) = project.ReadWritten();
        var listen = settings.Listen;
        if (settings.Tls is null && !parsed.GetValue(Insecure) && listen.Reachable.FirstOrDefault() is { } reachable) throw Wrong($"{reachable}: whoever can reach it could read along; set tls.certificate and tls.key (or tls.key_secret), put a proxy with TLS before 127.0.0.1, or add --insecure");

        var advertised = ReadAdvertised(parsed);
        using var signals = new Signals();
        var name = parsed.GetValue(Name) ?? Environment.MachineName;
        Session? opened = null;
        using var log = InfrastructureModule.OpenProcessLog(settings, () => (opened?.Settings ?? settings).Log.Level, name);
        var logger = log.CreateLogger("FlexCore.Node");
        using var slow = InfrastructureModule.WatchSlowOperations(settings.Log.Slow, logger);
        await using var session = opened = await Session.OpenAsync(project, settings, name, cancellationToken);
        session.EventLog.Warn = logger.Warned;
        await session.EventLog.StartSigningAsync(cancellationToken);
        var record = new NodeRecord($"{name}-{Guid.CreateVersion7():N}", name, slots, labels, Version, TimeProvider.System.GetUtcNow());
        var node = session.CreateNode(record, claim => session.Told(new ServedRun(claim.RunId, logger)), logger.Warned);

        // The second signal, or the end of patience: what still runs is left to other nodes.
        using var atOnce = CancellationTokenSource.CreateLinkedTokenSource(signals.Stop.AtOnce);
        await using var patience = signals.Stop.Gently.UnsafeRegister(_ => atOnce.CancelAfter(drain), null);
        var has = $"{Figures.Count(slots, "slot")}{(labels.Length == 0 ? "" : $", labels {string.Join(", ", labels)}")}";
        await using var publishing = settings.Bus is { } bus ? session.EventLog.Publish(bus, settings.Environment, log) : null;
        await using var views = listen.IsAnywhere ? session.ReadModels.Keep() : null;
        await using var server = listen.IsAnywhere ? await ApiServer.StartAsync(listen, settings.Tls, settings.Oidc, session.Serve(node, record, log), TimeProvider.System, signals.Stop.Gently) : null;
        if (server?.HttpAddress is { } rest)
        {
            logger.RestServed(rest);
            node.Address = advertised ?? (IsOfOneMachine(listen.Http!.Address) ? rest : null);
        }

        if (server?.GrpcAddress is { } calls) logger.GrpcServed(calls);
        logger.NodeStarted(name, has);
        if (listen.IsAnywhere) await GiveFirstTokenAsync(session, signals.Stop.Gently);
        await using var alarms = session.CreateAlarms();
        using var events = session.CreateEventTriggers(logger.Warned);
        var beside = Task.WhenAll(
            new SettingsWatch(project, session, written, logger.SettingsSaid, logger.SettingsRefused).WorkAsync(signals.Stop.Gently),
            session.CreateTimetable(alarms, logger.Warned).WorkAsync(signals.Stop.Gently), events.WorkAsync(signals.Stop.Gently), session.CreateFileTriggers(logger.Warned).WorkAsync(signals.Stop.Gently),
            session.CreateRetention(logger.RetentionSaid).WorkAsync(signals.Stop.Gently),
            new UnsentLogs(session.Logs, TimeProvider.System) { Warn = logger.Warned }.WorkAsync(signals.Stop.Gently));
        var stop = new StopSignal(signals.Stop.Gently, atOnce.Token);
        var scaling = settings.Workers.Autoscale is null ? Task.CompletedTask : session.CreateAutoscaler(WorkerOf(project, parsed), drain + GraceOfWorkers, logger.WorkersSaid, logger.Warned).WorkAsync(stop);
        await node.WorkAsync(stop);
        await Task.WhenAll(beside, scaling);
        return 0;
    }

    /// <summary>What starts a node of this project beside this one.</summary>
    private static string[] WorkerOf(ProjectLocation project, ParseResult parsed) =>
    [
        Environment.ProcessPath!, "serve", "--http", "off", "--grpc", "off", "--autoscale", "off", "--data", project.AllData, "--drain", parsed.GetRequiredValue(Drain),
        .. File.Exists(project.SettingsFile) ? (string[])["--config", project.SettingsFile] : [], .. project.Environment is { } environment ? (string[])["--env", environment] : [],
    ];

    private static string? ReadAdvertised(ParseResult parsed)
    {
        if (parsed.GetValue(Advertise) is not { } text) return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps) && address.UserInfo.Length + address.Query.Length + address.Fragment.Length == 0
            ? address.ToString()
            : throw Wrong($"--advertise {text}: it must be an address, such as https://node-1.example.com:8080");
    }

    private static bool IsOfOneMachine(IPAddress address) => !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any);

    /// <summary>Somebody must be able to make the first token, and it is told once: whoever loses it makes another one on the command line.</summary>
    private static async Task GiveFirstTokenAsync(Session session, CancellationToken cancellationToken)
    {
        if (await session.Tokens.HasTokensAsync(cancellationToken)) return;
        var issued = await session.AskAsync(new CreateToken("admin", Role.Admin, Lifetime: null), cancellationToken);

        // Another node was quicker, and tells it.
        if (issued.IsSuccess) await Console.Error.WriteLineAsync($"first start: the token of the admin, told this once: {issued.Value.Text}");
    }

    private static IEnumerable<Setting> OptionAsSetting(ParseResult parsed, Option<string?> option, string? key = null) =>
        parsed.GetValue(option) is { } value ? [new Setting(key ?? option.Name.TrimStart('-'), value, option.Name)] : [];

    private static string Version => typeof(ServeCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "?";

    private static FlexCoreException Wrong(string message) => new(new Error(ErrorCodes.UsageInvalid, message));
}
