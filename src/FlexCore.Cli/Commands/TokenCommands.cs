using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Access;
using FlexCore.Cli.Output;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore token create|list|revoke</c>.</summary>
internal static class TokenCommands
{
    public static Command Create() => new("token", "Access tokens: who may ask a server for what") { CreateToken(), List(), Revoke() };

    private static Command CreateToken()
    {
        var name = new Argument<string>("NAME") { Description = "What its bearer is called in events" };
        var role = new Option<string>("--role") { Description = "viewer, operator, admin or auditor", HelpName = "ROLE", DefaultValueFactory = _ => "viewer" };
        var lifetime = new Option<string?>("--expires") { Description = "How long it holds, such as 90d; for ever where nothing is said", HelpName = "TIME" };
        var command = new Command("create", "Give an access token out; its text is printed this once. Example: flexcore token create ci --role operator --expires 90d")
        {
            name, role, lifetime, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new CreateToken(parsed.GetRequiredValue(name), ReadRole(parsed.GetRequiredValue(role)), ReadLifetime(parsed.GetValue(lifetime)));
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var issued = await session.AskAsync(request, cancellationToken);
            if (!issued.IsSuccess) return new ErrorPrinter(json).Print(issued.Errors);
            if (json) JsonOutput.Print(new JsonObject { ["token"] = Describe(issued.Value.Token), ["text"] = issued.Value.Text.ToString() });
            else Console.Out.WriteLine(issued.Value.Text);
            return 0;
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Access tokens without their texts, newest first. Example: flexcore token list") { CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var tokens = (await session.AskAsync(new ListTokens(), cancellationToken)).Value;
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(JsonOutput.Array(tokens, Describe));
            else TextTable.Print(["TOKEN", "ROLE", "STATUS", "EXPIRES", "ID"], tokens.Select(Row));
            return 0;
        });
        return command;
    }

    private static Command Revoke()
    {
        var token = new Argument<string>("TOKEN") { Description = "Its name or id" };
        var command = new Command("revoke", "Have an access token refused from now on. Example: flexcore token revoke ci") { token, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var revoked = await session.AskAsync(new RevokeToken(parsed.GetRequiredValue(token)), cancellationToken);
            if (!revoked.IsSuccess) return new ErrorPrinter(json).Print(revoked.Errors);
            if (json) JsonOutput.Print(Describe(revoked.Value));
            else Console.Out.WriteLine($"token {revoked.Value.Name} is refused from now on");
            return 0;
        });
        return command;
    }

    private static Role ReadRole(string text) => Enum.GetValues<Role>().Where(role => Words.Kebab(role) == text).Cast<Role?>().FirstOrDefault()
        ?? throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"--role {text}: it must be viewer, operator, admin or auditor"));

    private static TimeSpan? ReadLifetime(string? text) => text is null
        ? null
        : Units.Lifetime(text) ?? throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"--expires {text}: it must be {Units.LifetimeRule}"));

    private static string Status(AccessToken token) => token.IsRevoked ? "revoked" : token.HoldsAt(TimeProvider.System.GetUtcNow()) ? "valid" : "expired";

    private static IReadOnlyList<string> Row(AccessToken token) => [token.Name, Words.Kebab(token.Role), Status(token), token.ExpiresAt is { } end ? Words.Time(end) : "-", token.Id.ToString()];

    private static JsonObject Describe(AccessToken token) => new()
    {
        ["id"] = token.Id.ToString(),
        ["name"] = token.Name,
        ["role"] = Words.Kebab(token.Role),
        ["status"] = Status(token),
        ["expires_at"] = token.ExpiresAt?.ToString("O"),
    };
}
