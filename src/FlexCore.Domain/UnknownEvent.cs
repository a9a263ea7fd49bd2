namespace FlexCore.Domain;

/// <summary>An event that this version of FlexCore does not know; a later one has written it. Whoever folds a stream passes it over.</summary>
/// <param name="Type">Its name in the store.</param>
/// <param name="Schema">The version that it was written with.</param>
public sealed record UnknownEvent(string Type, int Schema) : IDomainEvent;
