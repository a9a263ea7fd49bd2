using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Server.Documents;

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
        var pipelines = new Option<string?>("--pipelines") { Description = "The pipelines that it is for, by names or patterns such as shop-*, with commas between them; for all, and all else, where nothing is said", HelpName = "PATTERNS" };
        return ApiCommand.Create(
            "create", "Give an access token out; its text is printed this once. Example: flexcore token create ci --role operator --pipelines 'orders,shop-*' --expires 90d",
            [name, role, lifetime, pipelines], async (api, parsed, cancellationToken) =>
            {
                var wish = new CreateToken(
                    parsed.GetRequiredValue(name), parsed.GetRequiredValue(role), parsed.GetValue(lifetime), parsed.GetValue(pipelines)?.Split(',', StringSplitOptions.TrimEntries));
                return ApiCommand.Print(parsed, await api.CreateTokenAsync(wish, cancellationToken), JsonOutput.Documents.CreatedToken, issued => Console.Out.WriteLine(issued.Text));
            },
            ProjectLocation.OfCurrentFolder);
    }

    private static Command List() => ApiCommand.Create("list", "Access tokens without their texts, newest first. Example: flexcore token list", [], async (api, parsed, cancellationToken) =>
        ApiCommand.Print(
            parsed, await api.ListTokensAsync(cancellationToken).ToListAsync(cancellationToken), JsonOutput.Documents.IReadOnlyListToken,
            tokens => TextTable.Print(["TOKEN", "ROLE", "PIPELINES", "STATUS", "EXPIRES", "ID"], tokens.Select(Row))));

    private static Command Revoke()
    {
        var token = new Argument<string>("TOKEN") { Description = "Its name or id" };
        return ApiCommand.Create("revoke", "Have an access token refused from now on. Example: flexcore token revoke ci", [token], async (api, parsed, cancellationToken) =>
        {
            var revoked = parsed.GetRequiredValue(token);
            await api.RevokeTokenAsync(revoked, cancellationToken);
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(new JsonObject { ["token"] = revoked, ["revoked"] = true });
            else Console.Out.WriteLine($"token {revoked} is refused from now on");
            return 0;
        });
    }

    private static IReadOnlyList<string> Row(Token token) =>
        [token.Name, token.Role, token.Pipelines is { } pipelines ? string.Join(", ", pipelines) : "-", token.Status, token.ExpiresAt is { } end ? Figures.Time(end) : "-", token.Id.ToString()];
}
