using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Secrets;

namespace FlexCore.Infrastructure.Secrets;

/// <summary>Secrets in the runtime's own environment: <c>api-key</c> and <c>api_key</c> are <c>FLEXCORE_SECRET_API_KEY</c>.</summary>
internal sealed class EnvironmentSecrets : ISecrets
{
    public string Place => $"the environment ({SecretRules.VariablePrefix}NAME)";

    public ValueTask<Result<string>> FindAsync(string name, CancellationToken cancellationToken)
    {
        var variable = SecretRules.VariableOf(name);
        return new(Environment.GetEnvironmentVariable(variable) is { } value
            ? SecretValue.Check(name, value, $"the variable {variable}")
            : new Error(ErrorCodes.SecretMissing, $"there is no secret {name}", SpecificRemedy: $"Set the variable {variable} in the environment of FlexCore."));
    }

    public ValueTask<IReadOnlyList<SecretEntry>> ListAsync(CancellationToken cancellationToken)
    {
        var names = Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(variable => variable.StartsWith(SecretRules.VariablePrefix, StringComparison.Ordinal))
            .Select(variable => variable[SecretRules.VariablePrefix.Length..].ToLowerInvariant())
            .Where(SecretRules.IsName);
        return new([.. names.Order(StringComparer.Ordinal).Select(name => new SecretEntry(name, SetAt: null))]);
    }
}
