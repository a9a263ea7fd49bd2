using System.CommandLine;
using System.Net;
using System.Reflection;
using FlexCore.Application.Access;
using FlexCore.Application.Ports;
using FlexCore.Cli.Output;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Server;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore serve</c>.</summary>
internal static class ServeCommand
{
    private const int MostSlots = 1000;

    private static readonly Option<int?> Slots = new("--slots") { Description = "How many runs at once; twice the number of CPUs where nothing is said", HelpName = "N" };
    private static readonly Option<string[]> Labels = new("--label") { Description = "What this node has that others may lack; may be given several times", HelpName = "LABEL" };
    private static readonly Option<string?> Name = new("--name") { Description = "What people call this node; the machine's name where nothing is said", HelpName = "NAME" };
    private static readonly Option<string> Drain = new("--drain") { Description = "How long runs may go on after a wish to stop, before other nodes take them over", HelpName = "TIME", DefaultValueFactory = _ => "30s" };

    private static readonly Option<string?> Http = new("--http") { Description = "Serve REST and take webhooks at this address of this machine, such as 127.0.0.1:8080; not at all where nothing is said", HelpName = "ADDRESS" };
    private static readonly Option<string?> Grpc = new("--grpc") { Description = "Take calls of gRPC at this address of this machine, such as 127.0.0.1:50051; not at all where nothing is said", HelpName = "ADDRESS" };
    private static readonly Option<bool> Insecure = new("--insecure") { Description = "Let --http and --grpc be addresses that others can reach, though there is no TLS" };

    public static Command Create()
    {
        var command = new Command("serve", "Take runs from the queue and run them, until SIGTERM. Example: flexcore serve --slots 8") { Slots, Labels, Name, Drain, Http, Grpc, Insecure, CommandLine.Data, CommandLine.Environment };
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
        var http = ReadAddress(parsed, Http, "127.0.0.1:8080");
        var grpc = ReadAddress(parsed, Grpc, "127.0.0.1:50051");

        using var signals = new Signals();
        await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed), cancellationToken);
        await session.EventLog.StartSigningAsync(cancellationToken);
        var name = parsed.GetValue(Name) ?? Environment.MachineName;
        var record = new NodeRecord($"{name}-{Guid.CreateVersion7():N}", name, slots, labels, Version, TimeProvider.System.GetUtcNow());
        var node = session.CreateNode(record, claim => session.Told(new ServedRun(claim.RunId)), Warn);

        // The second signal, or the end of patience: what still runs is left to other nodes.
        using var atOnce = CancellationTokenSource.CreateLinkedTokenSource(signals.Stop.AtOnce);
        await using var patience = signals.Stop.Gently.UnsafeRegister(_ => atOnce.CancelAfter(drain), null);
        Console.Error.WriteLine($"node {name} takes runs: {Words.Count(slots, "slot")}{(labels.Length == 0 ? "" : $", labels {string.Join(", ", labels)}")}");
        var isAsked = http is not null || grpc is not null;
        if (isAsked) await GiveFirstTokenAsync(session, signals.Stop.Gently);
        await using var views = isAsked ? session.ReadModels.Keep() : null;
        await using var server = http is null ? null : await HttpServer.StartAsync(http, session.Serve(Warn), TimeProvider.System, signals.Stop.Gently);
        if (server is not null) await Console.Error.WriteLineAsync($"REST at {server.Address}/api/v1, webhooks at {server.Address}/hooks/PIPELINE");
        await using var grpcServer = grpc is null ? null : await GrpcServer.StartAsync(grpc, session.Serve(Warn), TimeProvider.System, signals.Stop.Gently);
        if (grpcServer is not null) await Console.Error.WriteLineAsync($"gRPC at {grpcServer.Address}");
        await using var alarms = session.CreateAlarms();
        using var events = session.CreateEventTriggers(Warn);
        var triggering = Task.WhenAll(
            session.CreateTimetable(alarms, Warn).WorkAsync(signals.Stop.Gently), events.WorkAsync(signals.Stop.Gently), session.CreateFileTriggers(Warn).WorkAsync(signals.Stop.Gently),
            session.CreateRetention(message => Console.Error.WriteLine($"retention: {Printable.Escape(message)}")).WorkAsync(signals.Stop.Gently));
        await node.WorkAsync(new StopSignal(signals.Stop.Gently, atOnce.Token));
        await triggering;
        return 0;
    }

    /// <summary>Somebody must be able to make the first token, and it is told once: whoever loses it makes another one on the command line.</summary>
    private static async Task GiveFirstTokenAsync(Session session, CancellationToken cancellationToken)
    {
        if (await session.Tokens.HasTokensAsync(cancellationToken)) return;
        var issued = await session.AskAsync(new CreateToken("admin", Role.Admin, Lifetime: null), cancellationToken);

        // Another node was quicker, and tells it.
        if (issued.IsSuccess) await Console.Error.WriteLineAsync($"first start: the token of the admin, told this once: {issued.Value.Text}");
    }

    private static IPEndPoint? ReadAddress(ParseResult parsed, Option<string?> option, string example)
    {
        if (parsed.GetValue(option) is not { } text) return null;
        if (!IPEndPoint.TryParse(text, out var address) || !text.Contains(':', StringComparison.Ordinal)) throw Wrong($"{option.Name} {text}: it must be an IP address and a port, such as {example}");
        return IPAddress.IsLoopback(address.Address) || parsed.GetValue(Insecure)
            ? address
            : throw Wrong($"{option.Name} {text}: whoever can reach it could read along; put a proxy with TLS before 127.0.0.1, or add --insecure");
    }

    private static void Warn(string message) => Console.Error.WriteLine($"warning: {Printable.Escape(message)}");

    private static string Version => typeof(ServeCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "?";

    private static FlexCoreException Wrong(string message) => new(new Error(ErrorCodes.UsageInvalid, message));
}
