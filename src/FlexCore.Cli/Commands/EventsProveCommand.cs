using System.CommandLine;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore events prove</c>.</summary>
internal static class EventsProveCommand
{
    private const string StandardStream = "-";

    public static Command Create()
    {
        var position = new Argument<long?>("POSITION") { Description = "The event's place in the log", Arity = ArgumentArity.ZeroOrOne };
        var consistency = new Option<string[]>("--consistency") { Description = "Prove that the log of B events begins with that of A, a number or a file with a checkpoint that was kept elsewhere", HelpName = "A B", Arity = new ArgumentArity(2, 2), AllowMultipleArgumentsPerToken = true };
        var file = new Option<string>("--out") { Description = "A file that is not there yet, or - for standard output", HelpName = "FILE", DefaultValueFactory = _ => StandardStream };
        var command = new Command("prove", "Write a proof that anybody can check with docs/verify.py and the public key. Example: flexcore events prove 17 --out proof.json")
        {
            position, consistency, file, CommandLine.Data, CommandLine.Environment,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (place, sizes, path) = (parsed.GetValue(position), parsed.GetValue(consistency) ?? [], parsed.GetRequiredValue(file));
            if (place is null == sizes.Length < 2) throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, "give the position of an event, or --consistency with two numbers of events"));
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            await using var output = path == StandardStream ? Console.OpenStandardOutput() : OwnFile.Create(path);
            if (place is { } wanted)
            {
                var proof = await session.EventLog.ProveAsync(wanted, cancellationToken);
                (proof ?? throw NotFound($"there is no event at position {wanted}")).WriteTo(output);
            }
            else
            {
                if (!long.TryParse(sizes[1], out var size)) throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"--consistency A {sizes[1]}: B must be a number of events"));
                var proof = await session.EventLog.ProveConsistencyAsync(sizes[0], size, cancellationToken);
                (proof ?? throw NotFound($"the log had never {sizes[0]} and then {sizes[1]} events")).WriteTo(output);
            }

            return 0;
        });
        return command;
    }

    /// <summary><c>flexcore events key</c>.</summary>
    public static Command Key()
    {
        var command = new Command("key", "The public key that checkpoints and proofs are checked with. Example: flexcore events key >log.pub.pem") { CommandLine.Data, CommandLine.Environment };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var key = await session.EventLog.GetPublicKeyAsync(cancellationToken) ?? throw NotFound("this data directory has never signed a log");
            await Console.Out.WriteAsync(key.ToPem());
            return 0;
        });
        return command;
    }

    private static FlexCoreException NotFound(string what) => new(new Error(ErrorCodes.NotFound, what));
}
