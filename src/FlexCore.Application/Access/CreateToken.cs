using System.Security.Cryptography;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Access;

/// <summary>Gives an access token out.</summary>
/// <param name="Name">What its bearer is called in events.</param>
/// <param name="Role">What its bearer may do.</param>
/// <param name="Lifetime">How long it holds; null for ever.</param>
/// <param name="Scope">The pipelines that it is for; null for all, and all else.</param>
public sealed record CreateToken(string Name, Role Role, TimeSpan? Lifetime, PipelineScope? Scope = null) : ICommand<IssuedToken>
{
    /// <summary>The longest lifetime that can be wished for.</summary>
    public static TimeSpan LongestLifetime { get; } = TimeSpan.FromDays(3660);

    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;

    /// <inheritdoc/>
    public IEnumerable<Error> Validate()
    {
        if (!Names.IsValid(Name)) yield return new Error(ErrorCodes.UsageInvalid, $"the name of a token must be {Names.Rule}");
        if (!Enum.IsDefined(Role)) yield return new Error(ErrorCodes.UsageInvalid, "the role must be viewer, operator, admin or auditor");
        if (Lifetime is { } lifetime && (lifetime <= TimeSpan.Zero || lifetime > LongestLifetime))
            yield return new Error(ErrorCodes.UsageInvalid, $"a token must hold longer than no time and at most {LongestLifetime.TotalDays} days");
        if (Scope?.Refuse() is { } refused) yield return refused;
    }
}

/// <summary>A token and its text, which is nowhere else: whoever loses it makes another.</summary>
/// <param name="Token">The token.</param>
/// <param name="Text">What its bearer shows.</param>
public sealed record IssuedToken(AccessToken Token, TokenText Text);

/// <summary>Gives tokens out.</summary>
public sealed class CreateTokenHandler(IEventLog log, TimeProvider time) : IHandler<CreateToken, IssuedToken>
{
    /// <inheritdoc/>
    public async Task<Result<IssuedToken>> HandleAsync(CreateToken request, Caller caller, CancellationToken cancellationToken)
    {
        var (register, version) = await log.ReadTokensAsync(cancellationToken);
        var now = time.GetUtcNow();
        var text = new TokenText(Guid.CreateVersion7(now), RandomNumberGenerator.GetBytes(TokenText.SecretBytes));
        var created = register.Create(text.Id, request.Name, request.Role, text.Secret.Span, now + request.Lifetime, now, request.Scope);
        if (!created.IsSuccess) return created.Errors.ToArray();
        await log.AppendAsync(EventStreams.Tokens, version, [created.Value], EventContext.Of(caller), cancellationToken);
        return new IssuedToken(register.Apply(created.Value).Tokens[text.Id], text);
    }
}
