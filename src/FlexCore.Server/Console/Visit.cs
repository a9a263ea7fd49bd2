using FlexCore.Application.Bus;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Server.Console.SignIn;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Console;

/// <summary>A request of somebody who has signed in.</summary>
/// <param name="Context">The request.</param>
/// <param name="SignedIn">Who they are.</param>
/// <param name="Now">The time.</param>
/// <param name="Form">The form that they have sent; empty where they only look.</param>
/// <param name="Bus">Whom to ask.</param>
internal sealed record Visit(HttpContext Context, SignedIn SignedIn, DateTimeOffset Now, IFormCollection Form, MessageBus Bus)
{
    /// <summary>Stops when nobody waits for the answer any more.</summary>
    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>Asks as whoever visits.</summary>
    /// <exception cref="FlexCoreException">It is refused.</exception>
    public async Task<T> AskAsync<T>(IRequest<T> request)
    {
        var answer = await Bus.SendAsync(request, SignedIn.Caller, Aborted);
        return answer.IsSuccess ? answer.Value : throw new FlexCoreException(answer.Errors);
    }

    /// <summary>Asks where they may; null where they may not, without its being on record that they were refused.</summary>
    public async Task<T?> AskIfAllowedAsync<T>(IRequest<T> request)
        where T : class =>
        SignedIn.Caller.Role.Allows(request.Permission) && (SignedIn.Caller.Scope is null || request.Reach != Reach.All) ? await AskAsync(request) : null;

    /// <summary>Asks for what may not be there.</summary>
    /// <exception cref="FlexCoreException">It is refused for another reason.</exception>
    public async Task<T?> FindAsync<T>(IRequest<T> request)
        where T : class
    {
        var answer = await Bus.SendAsync(request, SignedIn.Caller, Aborted);
        return answer.IsSuccess ? answer.Value : answer.Errors[0].Code == ErrorCodes.NotFound ? null : throw new FlexCoreException(answer.Errors);
    }

    /// <summary>A part of the address.</summary>
    public string Part(string name) => (string)Context.Request.RouteValues[name]!;

    /// <summary>The run in the address.</summary>
    public Guid RunId => Guid.Parse(Part("run"));

    /// <summary>What the query or the form says; null for nothing.</summary>
    public string? Said(string name) =>
        Form[name] is [{ Length: > 0 } sent] ? sent : Context.Request.Query[name] is [{ Length: > 0 } asked] ? asked : null;

    /// <summary>What fields of the form say whose names begin alike, by what stands behind that; those that are empty are left out.</summary>
    public Dictionary<string, string> SaidBehind(string prefix) =>
        Form.Where(field => field.Key.StartsWith(prefix, StringComparison.Ordinal) && field.Value is [{ Length: > 0 }]).ToDictionary(field => field.Key[prefix.Length..], field => field.Value.ToString(), StringComparer.Ordinal);

    /// <summary>The number that the query says; null for none.</summary>
    /// <exception cref="FlexCoreException">It is none.</exception>
    public long? Number(string name) => Said(name) is { } text ? Paging.Number(text) : null;
}
