-- What is left of a deleted resource goes once another of the same ARN is there.
DELETE FROM stored_services
WHERE deleted_at IS NOT NULL
    AND arn IN (SELECT unnest($arns::VARCHAR[]))
    AND EXISTS (
        SELECT 1
        FROM stored_services other
        WHERE other.arn = stored_services.arn
            AND other.uid <> stored_services.uid
            AND (other.deleted_at IS NULL OR other.resource_version > stored_services.resource_version)
    );
