namespace FlexCore.Domain.Secrets;

/// <summary>Somebody has given a secret a value, its first or another one. The value is not in the log.</summary>
/// <param name="Name">The secret.</param>
[EventType("SecretSet")]
public sealed record SecretSet(string Name) : IDomainEvent;

/// <summary>Somebody has removed a secret.</summary>
/// <param name="Name">The secret.</param>
[EventType("SecretDeleted")]
public sealed record SecretDeleted(string Name) : IDomainEvent;

/// <summary>A plugin process was given a secret. The value is not in the log.</summary>
/// <param name="Name">The secret.</param>
/// <param name="Place">Where in its sandbox: the path of a file, or <c>stdin</c>.</param>
[EventType("SecretMounted")]
public sealed record SecretMounted(string Name, string Place) : IDomainEvent;
