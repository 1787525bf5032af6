-- What is left of a deleted resource goes once another of the same ARN is there.
DELETE FROM capacity_providers
WHERE deleted_at IS NOT NULL
    AND arn IN (SELECT unnest($arns::VARCHAR[]))
    AND EXISTS (
        SELECT 1
        FROM capacity_providers other
        WHERE other.arn = capacity_providers.arn
            AND other.uid <> capacity_providers.uid
            AND (other.deleted_at IS NULL OR other.resource_version > capacity_providers.resource_version)
    );
