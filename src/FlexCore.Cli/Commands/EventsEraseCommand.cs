using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore events erase</c>.</summary>
internal static class EventsEraseCommand
{
    public static Command Create()
    {
        var subject = new Option<string?>("--subject") { Description = "Whom the data are about, exactly as it was written", HelpName = "S" };
        var reason = new Option<string?>("--reason") { Description = "Why; it stays in the log for ever, so it must not name the person", HelpName = "TEXT" };
        var again = new Option<bool>("--again") { Description = "Erase again all that is on record as erased, after a backup of the keys was brought back" };
        var command = new Command("erase", "Make all personal data about a subject unreadable for ever. Example: flexcore events erase --subject customer-4711 --reason \"asked for it, ticket 12\"")
        {
            subject, reason, again, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var json = parsed.GetValue(CommandLine.Json);
            var (who, why, repeat) = (parsed.GetValue(subject), parsed.GetValue(reason), parsed.GetValue(again));
            if (repeat ? (who ?? why) is not null : who is null || why is null) throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, "give --subject and --reason, or --again alone"));
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            if (repeat)
            {
                Print(await session.EraseSubject.RepeatAsync(cancellationToken), json);
                return 0;
            }

            var erased = await session.EraseSubject.HandleAsync(who!, why!, cancellationToken);
            if (!erased.IsSuccess) return new ErrorPrinter(json).Print(erased.Errors);
            Print(erased.Value, json);
            return 0;
        });
        return command;
    }

    private static void Print(int count, bool json)
    {
        if (json) JsonOutput.Print(new JsonObject { ["keys_destroyed"] = count });
        else Console.Out.WriteLine($"{Figures.Count(count, "key")} destroyed again");
    }

    private static void Print(ErasedSubject erased, bool json)
    {
        if (json) JsonOutput.Print(new JsonObject { ["erasure"] = erased.Erasure.ToString(), ["subject"] = erased.Subject, ["keys_destroyed"] = erased.KeysDestroyed });
        else if (erased.KeysDestroyed == 0) Console.Out.WriteLine($"it was erased before, on record in erasure-{erased.Erasure}");
        else Console.Out.WriteLine($"erased: {Figures.Count(erased.KeysDestroyed, "key")} destroyed, on record in erasure-{erased.Erasure}");
    }
}
